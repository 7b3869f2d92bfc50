"""Ask whether a pinned package has a known vulnerability: ``make audit``.

pip-audit asks the advisory service of the Python package index. It takes a package that the service
does not know for a good one; here that is a failure, because nothing is known then.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "requirements").glob("*.txt"))

FOUND, NOT_ASKED = 1, 2

_NEEDS = "It needs a connection to the public package index; a mirror is not enough."


def command(files: Iterable[Path], more: Sequence[str] = ()) -> list[str]:
    """How pip-audit is called: it installs nothing, and resolves nothing by itself."""
    pins = [word for path in files for word in ("--requirement", str(path))]
    fixed = ["--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    return [sys.executable, "-m", "pip_audit", *fixed, *pins, *more]


def verdict(output: str, complaint: str) -> tuple[int, str]:
    """The exit code and what is said.

    Args:
        output: What pip-audit wrote: JSON, or nothing.
        complaint: What it wrote to standard error.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        named = re.findall(
            r"^(?:\w+\.)*(\w+(?:Error|Exception|Timeout))\b", complaint, re.MULTILINE
        )
        reason = f" ({named[-1]})" if named else ""
        return NOT_ASKED, f"The advisory service could not be asked{reason}. {_NEEDS}"
    flawed = [line for package in packages for line in _flaws(package)]
    if flawed:
        return FOUND, "\n".join([*flawed, f"Known vulnerabilities: {len(flawed)}."])
    unknown = sorted(package["name"] for package in packages if "skip_reason" in package)
    if unknown:
        return NOT_ASKED, (
            f"The advisory service knew nothing of {len(unknown)} of {len(packages)} packages "
            f"({', '.join(unknown[:3])}, ...), so this audit proves nothing. {_NEEDS}"
        )
    return 0, f"{len(packages)} packages, no known vulnerability."


def _flaws(package: dict[str, Any]) -> Iterable[str]:
    for flaw in package.get("vulns", ()):
        names = ", ".join([flaw["id"], *flaw.get("aliases", ())])
        fixed = ", ".join(flaw.get("fix_versions", ())) or "no version yet"
        yield f"{package['name']} {package['version']}: {names}; mended in {fixed}"


def main() -> None:
    """Audit all pins; 0 if all is well, 1 if something was found, 2 if nobody could be asked."""
    done = subprocess.run(command(FILES, sys.argv[1:]), capture_output=True, text=True, check=False)
    code, said = verdict(done.stdout, done.stderr)
    print(said, file=sys.stderr if code else sys.stdout)
    sys.exit(code)


if __name__ == "__main__":
    main()
