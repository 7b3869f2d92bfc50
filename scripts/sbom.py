"""What is installed with codex2api, as a CycloneDX list of components: ``make sbom``.

Reads the pinned requirements and asks nobody, so that it works without a network and gives the same
bytes for the same pins. Each component has the SHA-256 of every file that its pin allows.
"""

import argparse
import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PINS = ROOT / "requirements" / "run.txt"

_ENTRY = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)(?: ; ([^\\\n]+))?", re.MULTILINE
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VERSION = re.compile(r'^__version__ = "([^"]+)"', re.MULTILINE)


def components(pins: str) -> list[dict[str, Any]]:
    """The components that a requirements file pins, in its order.

    Raises:
        ValueError: A pin has no hash.
    """
    found = list(_ENTRY.finditer(pins))
    ends = [match.start() for match in found[1:]] + [len(pins)]
    return [
        _component(match, _HASH.findall(pins[match.end() : end]))
        for match, end in zip(found, ends, strict=True)
    ]


def bill(pins: str, version: str) -> dict[str, Any]:
    """The whole document; its serial number is made from its content."""
    listed = components(pins)
    root = f"pkg:pypi/codex2api@{version}"
    serial = uuid.uuid5(uuid.NAMESPACE_URL, root + pins)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "codex2api",
                "version": version,
                "purl": root,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": listed,
        "dependencies": [{"ref": root, "dependsOn": [each["bom-ref"] for each in listed]}],
    }


def _component(match: re.Match[str], hashes: list[str]) -> dict[str, Any]:
    name, version, marker = match.groups()
    if not hashes:
        raise ValueError(f"{name} has no hash")
    purl = f"pkg:pypi/{re.sub(r'[._-]+', '-', name).lower()}@{version}"
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "hashes": [{"alg": "SHA-256", "content": content} for content in hashes],
    }
    if marker:
        only = {"name": "codex2api:installed-where", "value": marker.strip()}
        component["properties"] = [only]
    return component


def main() -> None:
    """Write the list to a file, or to standard output."""
    parser = argparse.ArgumentParser(description="List the pinned packages as CycloneDX JSON.")
    parser.add_argument("--out", type=Path, help="file to write; standard output by default")
    out = parser.parse_args().out
    found = _VERSION.search((ROOT / "src" / "codex2api" / "__init__.py").read_text("utf-8"))
    if found is None:
        sys.exit("The version of codex2api was not found.")
    listed = bill(PINS.read_text("utf-8"), found[1])
    text = json.dumps(listed, indent=2) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, "utf-8")
    print(f"{out} lists {len(listed['components'])} packages.")


if __name__ == "__main__":
    main()
