"""What builds, publishes and installs a release: workflows, systemd's unit, the formula."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from codex2api.settings.schema import ServerSettings
from tests.reference import ROOT, script, writer

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
UNIT = ROOT / "deploy" / "systemd" / "codex2api.service"
FORMULA = ROOT / "deploy" / "homebrew" / "codex2api.rb"
formulas = script("write_formula")

MAY_WRITE = {
    ("release.yml", "attest"): {"attestations", "id-token"},
    ("release.yml", "pypi"): {"id-token"},
    ("release.yml", "container"): {"packages", "attestations", "id-token"},
    ("release.yml", "github"): {"contents"},
}
"""Which job may write what; nothing else may."""


def workflow(name: str) -> Any:
    # YAML 1.1 reads the key `on` as a boolean.
    return yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text("utf-8"))


def jobs() -> list[tuple[str, str, Any]]:
    return [
        (path.name, name, job)
        for path in WORKFLOWS
        for name, job in workflow(path.name)["jobs"].items()
    ]


# -- workflows -----------------------------------------------------------------------------------


def test_there_are_two_workflows() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "release.yml"]


def test_actions_are_pinned_by_commit_and_say_which_version_that_is() -> None:
    for path in WORKFLOWS:
        uses = [line for line in path.read_text("utf-8").splitlines() if "uses:" in line]
        assert uses
        for line in uses:
            assert re.search(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_one_action_has_one_commit() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for name, commit in re.findall(r"uses: (\S+)@(\S+)", path.read_text("utf-8")):
            pins.setdefault(name, set()).add(commit)
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize(("file", "name", "job"), jobs(), ids=lambda each: str(each)[:20])
def test_jobs_may_do_no_more_than_they_need(file: str, name: str, job: Any) -> None:
    assert workflow(file)["permissions"] == {}
    given = job["permissions"]
    assert {what for what, how in given.items() if how == "write"} == MAY_WRITE.get(
        (file, name), set()
    )
    assert job["timeout-minutes"] <= 60
    for step in job["steps"]:
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_nothing_that_others_write_is_put_into_a_shell() -> None:
    """A branch or a title can hold any text; ``${{ }}`` in a script would run it."""
    for _, name, job in jobs():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), name


def test_pull_requests_meet_no_secret() -> None:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert "secrets." not in text
    assert "pull_request_target" not in text


def test_pypi_is_reached_by_an_identity_and_not_by_a_stored_token() -> None:
    job = workflow("release.yml")["jobs"]["pypi"]
    assert job["environment"] == "pypi"
    (publish,) = [step for step in job["steps"] if "pypi-publish" in step["uses"]]
    assert publish["with"] == {"attestations": True}
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"GITHUB_TOKEN"}


def test_a_release_is_tested_attested_and_comes_with_its_papers() -> None:
    release = workflow("release.yml")["jobs"]
    told = "\n".join(step.get("run", "") for step in release["build"]["steps"])
    for part in ("make test", "make sbom", "hatchling build", "write_formula.py"):
        assert part in told
    assert release["pypi"]["needs"] == ["build", "attest"]
    used = [step.get("uses", "").partition("@")[0] for step in release["attest"]["steps"]]
    assert {"actions/attest-build-provenance", "actions/attest-sbom"} <= set(used)


def test_the_image_is_for_both_architectures_and_says_how_it_was_built() -> None:
    steps = workflow("release.yml")["jobs"]["container"]["steps"]
    (build,) = [step for step in steps if "build-push" in step.get("uses", "")]
    assert build["with"]["platforms"] == "linux/amd64,linux/arm64"
    assert build["with"]["provenance"] == "mode=max"
    assert build["with"]["sbom"] is True
    assert build["with"]["file"] == "docker/Dockerfile"


def test_only_public_hosts_are_named() -> None:
    named = set()
    for path in [*WORKFLOWS, FORMULA, UNIT]:
        named |= set(re.findall(r"https?://([\w.-]+)", path.read_text("utf-8")))
    assert named <= {"pypi.org", "files.pythonhosted.org", "127.0.0.1"}


def test_the_targets_that_workflows_make_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for _, _, job in jobs():
        for step in job["steps"]:
            assert set(re.findall(r"\bmake ([a-z]+)", step.get("run", ""))) <= targets


# -- systemd -------------------------------------------------------------------------------------


def test_the_unit_is_what_the_command_writes() -> None:
    assert UNIT.read_text("utf-8") == writer.system_unit(), "run `make docs`"


def test_the_unit_takes_away_what_a_server_does_not_need() -> None:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text("utf-8"))
    unit = parser["Service"]
    assert unit["User"] == "codex2api"
    assert (unit["NoNewPrivileges"], unit["ProtectSystem"]) == ("yes", "strict")
    assert unit["CapabilityBoundingSet"] == unit["AmbientCapabilities"] == ""
    assert unit["UMask"] == "0077"
    assert (unit["StateDirectory"], unit["StateDirectoryMode"]) == ("codex2api", "0700")
    assert unit["Environment"] == '"CODEX2API_HOME=/var/lib/codex2api"'
    assert int(unit["TimeoutStopSec"]) > ServerSettings().drain_seconds


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_the_unit_and_finds_it_safe(tmp_path: Path) -> None:
    text = UNIT.read_text("utf-8").replace("/opt/codex2api/bin/codex2api", sys.executable)
    file = tmp_path / "codex2api.service"
    file.write_text(text)
    for command in (["verify"], ["security", "--offline=true", "--threshold=25"]):
        asked = subprocess.run(
            ["systemd-analyze", *command, str(file)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SYSTEMD_COLORS": "0"},
        )
        assert asked.returncode == 0, asked.stdout[-400:] + asked.stderr
        if command == ["verify"]:
            assert asked.stderr == ""


# -- homebrew ------------------------------------------------------------------------------------


def test_the_formula_installs_what_is_pinned_and_runs_what_the_service_runs() -> None:
    text = FORMULA.read_text("utf-8")
    assert '"--require-hashes", "--only-binary", ":all:"' in text
    assert '"-r", "requirements/run.txt"' in text
    assert 'run [opt_bin/"codex2api", "serve", "--no-login"]' in text
    assert "keep_alive successful_exit: false" in text
    opened = len(re.findall(r"^\s*(?:class|def|service do|test do|begin)\b", text, re.MULTILINE))
    opened += len(re.findall(r"\bdo \|\w+\|", text))
    assert opened == len(re.findall(r"^\s*end$", text, re.MULTILINE))


def test_the_formula_of_a_release_has_its_address_and_sum(tmp_path: Path) -> None:
    sdist = tmp_path / "codex2api-2.3.4.tar.gz"
    sdist.write_bytes(b"archive")
    out = tmp_path / "codex2api.rb"
    command = [sys.executable, str(formulas.__file__), "--sdist", str(sdist), "--out", str(out)]
    subprocess.run(command, check=True)
    text = out.read_text()
    assert 'codex2api-2.3.4.tar.gz"' in text
    assert f'sha256 "{hashlib.sha256(b"archive").hexdigest()}"' in text
    assert len(re.findall(r'sha256 "', text)) == 1
    assert text.count("\n") == FORMULA.read_text("utf-8").count("\n")


@pytest.mark.parametrize("name", ["other-1.0.tar.gz", 'codex2api-1"; evil.tar.gz', "codex2api.zip"])
def test_a_formula_is_written_for_our_archives_only(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a source archive"):
        formulas.formula(FORMULA.read_text("utf-8"), name, "0" * 64)
