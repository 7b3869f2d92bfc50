"""``codex2api service``: the files are what the managers understand, and nothing is started."""

import plistlib
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codex2api.cli import main
from codex2api.cli.service_files import Service, only_in_environment, plist, unit

linux = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
COMMAND = ("/opt/my python/bin/python", "-m", "codex2api", "serve", "--no-login")


def service(user: str | None = None, *, fenced: bool = True, home: str = "/home/ada/x") -> Service:
    return Service(COMMAND, home, [home], 30.0, user, fenced)


def read(text: str) -> ConfigParser:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    return parser


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PORT", "HOST", "LOG_LEVEL", "CONFIG_PATH", "DATABASE_URL", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path / "home"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["service", *arguments])


def test_a_unit_lets_answers_finish_and_is_started_again_after_a_failure() -> None:
    found = read(unit(service()))["Service"]

    assert found["ExecStart"] == '"/opt/my python/bin/python" "-m" "codex2api" "serve" "--no-login"'
    assert found["Environment"] == '"CODEX2API_HOME=/home/ada/x"'
    assert int(found["TimeoutStopSec"]) > 30
    assert found["KillMode"] == "mixed"
    assert (found["Restart"], found["RestartPreventExitStatus"]) == ("on-failure", "2")
    assert found["ProtectSystem"] == "strict"
    assert found["ReadWritePaths"] == '"/home/ada/x"'
    assert "User" not in found


def test_what_a_manager_cannot_do_is_left_out() -> None:
    own, own_bare, machine = (
        read(unit(service()))["Service"],
        read(unit(service(fenced=False)))["Service"],
        read(unit(service("ada")))["Service"],
    )

    assert "CapabilityBoundingSet" not in own
    assert "ProtectSystem" not in own_bare
    assert own_bare["NoNewPrivileges"] == "yes"
    assert (machine["User"], machine["CapabilityBoundingSet"]) == ("ada", "")


def test_odd_paths_are_quoted() -> None:
    text = unit(service(home='/home/a "b" 100%$x\\y'))

    assert '"CODEX2API_HOME=/home/a \\"b\\" 100%%$x\\\\y"' in text


@linux
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize(
    ("mode", "user"), [("--user", None), ("--system", "root")], ids=["person", "machine"]
)
def test_systemd_finds_nothing_wrong(tmp_path: Path, mode: str, user: str | None) -> None:
    home = tmp_path / 'odd "home" 100%'
    home.mkdir()
    command = (sys.executable, "-m", "codex2api", "serve")
    file = tmp_path / "codex2api.service"
    file.write_text(unit(Service(command, str(home), [str(home)], 30.0, user)))

    done = subprocess.run(
        ["systemd-analyze", mode, "verify", str(file)],
        check=False,
        capture_output=True,
        text=True,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )

    ours = [line for line in done.stderr.splitlines() if "codex2api" in line]
    assert ours == [], done.stderr


def test_a_property_list_says_the_same() -> None:
    found = plistlib.loads(plist(service("ada")))

    assert found["ProgramArguments"] == list(COMMAND)
    assert found["EnvironmentVariables"] == {"CODEX2API_HOME": "/home/ada/x"}
    assert found["KeepAlive"] == {"SuccessfulExit": False}
    assert found["ExitTimeOut"] > 30
    assert found["UserName"] == "ada"
    assert "UserName" not in plistlib.loads(plist(service()))


def test_what_only_the_shell_knows_is_named() -> None:
    env = {"PORT": "1", "CODEX2API_HOME": "x", "CODEX2API_CODEX__STRICT": "1", "HOST": "", "A": "b"}

    assert only_in_environment(env, ["PORT", "HOST"]) == ["CODEX2API_CODEX__STRICT", "PORT"]


@linux
def test_install_status_uninstall(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = person / ".config" / "systemd" / "user" / "codex2api.service"
    assert run("status").exit_code == 1
    monkeypatch.setenv("PORT", "4321")

    installed = run("install")

    assert installed.exit_code == 0, installed.stderr
    assert "systemctl --user enable --now codex2api" in installed.stderr
    assert "PORT" in installed.stderr
    found = read(file.read_text())["Service"]
    assert found["ExecStart"].startswith(f'"{sys.executable}" "-m" "codex2api"')
    assert found["Environment"] == f'"CODEX2API_HOME={person / "home"}"'
    assert (person / "home").stat().st_mode & 0o777 == 0o700
    assert run("install").exit_code == 0, "again is no mistake"
    assert run("status", "--json").exit_code == 0
    assert run("uninstall").exit_code == 0
    assert not file.exists()
    assert run("uninstall").exit_code == 1


@linux
def test_print_writes_nothing(person: Path) -> None:
    printed = run("install", "--print")

    assert printed.stdout.startswith("[Unit]\n")
    assert list(person.iterdir()) == []


@linux
def test_mistakes_are_one_sentence(person: Path) -> None:
    (person / "home").mkdir()
    (person / "home" / "config.json").write_text('{"server": {"prot": 1}}')
    assert run("install").exit_code == 2

    (person / "home" / "config.json").unlink()
    (person / ".config").write_text("")
    failed = run("install")
    assert failed.exit_code == 1
    assert "cannot be written" in failed.stderr


@linux
def test_now_tells_when_the_manager_refuses(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = person / "tools"
    tools.mkdir()
    script = tools / "systemctl"
    script.write_text(f"#!/bin/sh\necho $@ >> {person}/asked\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=":")

    assert run("install", "--now").exit_code == 0
    asked = (person / "asked").read_text().splitlines()
    assert asked == ["--user daemon-reload", "--user enable --now codex2api"]
    script.write_text("#!/bin/sh\nexit 1\n")
    refused = run("install", "--now")
    assert refused.exit_code == 1
    assert "failed" in refused.stderr
