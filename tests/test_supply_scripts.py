"""``make sbom`` lists every pinned package, and ``make audit`` takes silence for no verdict."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parents[1]
PINS = ROOT / "requirements" / "run.txt"
sys.path.insert(0, str(ROOT / "scripts"))

import audit  # noqa: E402 (a script, and no package)
import sbom  # noqa: E402


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("dist") / "sbom.json"
    subprocess.run([sys.executable, ROOT / "scripts" / "sbom.py", "--out", out], check=True)
    return out.read_text("utf-8")


def test_the_list_is_valid_cyclonedx(listed: str) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(listed) is None
    assert validator.validate_str(listed.replace('"library"', '"libary"')) is not None


def test_it_names_every_pinned_package_with_every_hash(listed: str) -> None:
    text = PINS.read_text("utf-8")
    pinned = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;\\]+)", text, re.MULTILINE)
    components = json.loads(listed)["components"]

    assert [(each["name"], each["version"]) for each in components] == pinned
    assert len({each["purl"] for each in components}) == len(components) > 20
    hashes = [one["content"] for each in components for one in each["hashes"]]
    assert hashes == re.findall(r"--hash=sha256:(\w+)", text)


def test_it_says_where_a_package_is_not_installed(listed: str) -> None:
    (uvloop,) = [each for each in json.loads(listed)["components"] if each["name"] == "uvloop"]
    assert uvloop["properties"][0]["value"] == "sys_platform != 'win32'"


def test_the_same_pins_give_the_same_list() -> None:
    pins = PINS.read_text("utf-8")
    assert sbom.bill(pins, "1") == sbom.bill(pins, "1")
    assert sbom.bill(pins, "1")["serialNumber"] != sbom.bill(pins, "2")["serialNumber"]


def test_a_pin_without_a_hash_is_no_pin() -> None:
    with pytest.raises(ValueError, match="b has no hash"):
        sbom.components(f"a==1 \\\n    --hash=sha256:{'0' * 64}\nb==2\n")


GOOD: dict[str, Any] = {"name": "good", "version": "1", "vulns": []}
SKIPPED = {"name": "unknown", "skip_reason": "Dependency not found"}
FLAWED = {
    "name": "bad",
    "version": "2",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-2026-1"], "fix_versions": ["3"]}],
}


def verdict(*packages: dict[str, Any]) -> tuple[int, str]:
    return audit.verdict(json.dumps({"dependencies": packages}), "")


def test_nothing_found_is_said_with_the_number_of_packages() -> None:
    assert verdict(GOOD, GOOD) == (0, "2 packages, no known vulnerability.")


def test_what_was_found_names_where_it_is_mended() -> None:
    code, said = verdict(GOOD, FLAWED, SKIPPED)
    assert code == 1
    assert said.splitlines() == [
        "bad 2: PYSEC-1, CVE-2026-1; mended in 3",
        "Known vulnerabilities: 1.",
    ]


def test_a_package_that_nobody_knows_is_no_good_one() -> None:
    code, said = verdict(GOOD, SKIPPED)
    assert code == 2
    assert "knew nothing of 1 of 2 packages (unknown, ...)" in said


@pytest.mark.parametrize("output", ["", "[]", "{}", "not JSON"])
def test_a_service_that_is_out_of_reach_is_one_sentence(output: str) -> None:
    code, said = audit.verdict(output, "Traceback\nrequests.exceptions.ProxyError: HTTPSConn(...)")
    assert code == 2
    assert said == (
        "The advisory service could not be asked (ProxyError). It needs a connection to the "
        "public package index; a mirror is not enough."
    )


def test_all_requirements_are_audited_and_nothing_is_installed() -> None:
    words = audit.command(audit.FILES)
    assert {Path(word).name for word in words if word.endswith(".txt")} == {
        *("dev.txt", "demo.txt", "run.txt")
    }
    assert {"--disable-pip", "--require-hashes"} <= set(words)
