"""What the container promises about safety, read from the files that make it."""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from codex2api.settings.schema import ServerSettings

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text("utf-8")


def instructions(text: str) -> list[tuple[str, str]]:
    """Every instruction and its argument, comments gone and lines joined."""
    code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", "", code).splitlines()
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines) if name]


STEPS = instructions(DOCKERFILE)
LAST_STAGE = STEPS[max(at for at, (name, _) in enumerate(STEPS) if name == "FROM") :]


def of(name: str, steps: list[tuple[str, str]] = LAST_STAGE) -> list[str]:
    return [argument for step, argument in steps if step == name]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def service(compose: Any) -> Any:
    return compose["services"]["codex2api"]


def environment() -> dict[str, str]:
    words = (word for argument in of("ENV") for word in shlex.split(argument))
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def test_both_stages_start_from_the_same_slim_python() -> None:
    build, final = of("FROM", STEPS)
    assert re.fullmatch(r"python:3\.\d+-slim", final)
    assert build == f"{final} AS build"
    minor = int(final.removeprefix("python:3.").removesuffix("-slim"))
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert minor >= int(wanted.removeprefix(">=3."))


def test_every_package_is_pinned_by_its_hash_and_nothing_is_cached() -> None:
    installs = [step for step in of("RUN", STEPS) if "pip install" in step]
    assert len(installs) == 2
    assert all("--no-cache-dir" in step for step in installs)
    assert "--require-hashes" in installs[0]
    assert "-r requirements/run.txt" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


def test_neither_pip_nor_a_package_manager_is_run_in_the_final_stage() -> None:
    assert not re.search(r"\b(pip|apt|apt-get|curl|wget)\b", " ".join(of("RUN")))


def test_it_runs_as_nobody_in_particular() -> None:
    (user,) = of("USER")
    assert int(user) > 0
    after = [name for name, _ in LAST_STAGE[LAST_STAGE.index(("USER", user)) :]]
    assert "RUN" not in after
    assert "USER" not in after[1:]


def test_the_home_is_a_private_volume() -> None:
    assert environment()["CODEX2API_HOME"] == "/data"
    assert of("VOLUME") == ["/data"]
    assert any("install -d -m 0700 -o codex2api -g codex2api /data" in step for step in of("RUN"))


def test_it_listens_inside_and_never_without_a_key() -> None:
    assert environment()["HOST"] == "0.0.0.0"
    assert environment()["PORT"] == "3000"
    assert "no-auth" not in DOCKERFILE
    assert "SERVER__AUTH" not in DOCKERFILE


def test_signals_reach_the_server_itself() -> None:
    assert json.loads(*of("ENTRYPOINT")) == ["codex2api"]
    assert json.loads(*of("CMD")) == ["serve", "--no-login"]


def test_the_health_check_needs_nothing_but_python() -> None:
    (check,) = of("HEALTHCHECK")
    python, flag, code = json.loads(check[check.index("[") :])
    assert (python, flag) == ("python", "-c")
    assert "/health" in code
    compile(code, "HEALTHCHECK", "exec")
    assert set(re.findall(r"(?:import|from) ([\w., ]+?)(?: import|;)", code)) == {
        "os, sys",
        "http.client",
    }


def test_no_secret_is_baked_in() -> None:
    given = " ".join([*of("ENV", STEPS), *of("ARG", STEPS)])
    assert not re.search(r"KEY|TOKEN|SECRET|PASSWORD", given, re.IGNORECASE)
    assert {source for step in of("COPY", STEPS) for source in step.split()[:-1]} == {
        "requirements/run.txt",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "src",
        "--from=build",
        "/opt/codex2api",
    }


def test_the_build_sees_only_what_it_copies() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule[1:] for rule in rules if rule.startswith("!")}
    assert allowed == {"pyproject.toml", "README.md", "LICENSE", "requirements/run.txt", "src"}


def test_compose_publishes_on_this_machine_only(service: Any) -> None:
    assert service["ports"] == ["127.0.0.1:3000:3000"]
    assert "network_mode" not in service


def test_compose_takes_away_what_a_server_does_not_need(service: Any) -> None:
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert all(mount.startswith("/tmp:") for mount in service["tmpfs"])
    assert service["mem_limit"].endswith("m")
    assert service["pids_limit"] > 0


def test_compose_keeps_the_home_and_holds_no_secret(compose: Any, service: Any) -> None:
    assert service["volumes"] == ["home:/data"]
    assert "home" in compose["volumes"]
    assert service["environment"]["CODEX2API_API_KEYS"] == "${CODEX2API_API_KEYS:-}"


def test_compose_waits_longer_than_the_server_drains(service: Any) -> None:
    assert int(service["stop_grace_period"].removesuffix("s")) > ServerSettings().drain_seconds
