"""``codex2api config``, ``completion`` and the lazy group, as a person calls them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codex2api.cli import COMMANDS, main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PORT", "HOST", "LOG_LEVEL", "CONFIG_PATH", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_list_tells_values_and_origins(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "4321")
    monkeypatch.setenv("CODEX2API_API_KEYS", "very-secret-key-0123")

    told = json.loads(run("config", "list", "--json").stdout)
    listed = told["settings"]
    table = run("config", "list").stdout

    assert (told["schema"], told["file"]) == (1, str(home / "config.json"))
    assert listed["server.port"] == {"value": 4321, "origin": "environment variable PORT"}
    assert listed["backend.proxy"] == {"value": None, "origin": "default"}
    assert listed["server.apiKeys"]["value"] == "(hidden)"
    assert "very-secret-key-0123" not in table
    assert len(table.splitlines()) == len(listed)


def test_set_writes_what_get_then_reads(home: Path) -> None:
    assert run("config", "set", "backend.idleTimeout", "5000").exit_code == 0
    assert run("config", "set", "server.allowedHosts", '["a.example"]').exit_code == 0

    assert run("config", "get", "backend.idleTimeout").stdout == "5000\n"
    assert json.loads((home / "config.json").read_text()) == {
        "backend": {"idleTimeout": 5000},
        "server": {"allowedHosts": ["a.example"]},
    }
    assert run("config", "path").stdout == f"{home / 'config.json'}\n"


def test_set_keeps_what_else_is_in_a_named_file(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"server": {"port": 1}}')

    assert run("--config", str(path), "config", "set", "server.host", "::1").exit_code == 0

    assert json.loads(path.read_text()) == {"server": {"port": 1, "host": "::1"}}


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("set", "server.port", "x"), "server.port = 'x'"),
        (("set", "server.prot", "1"), "server.port"),
        (("get", "backend.idleTimout"), "backend.idleTimeout"),
    ],
)
def test_mistakes_are_refused_and_change_nothing(
    home: Path, arguments: tuple[str, ...], part: str
) -> None:
    result = run("config", *arguments)

    assert result.exit_code == 2
    assert part in result.stderr
    assert not (home / "config.json").exists()


def test_a_bad_file_ends_every_command_with_one_sentence(home: Path) -> None:
    home.mkdir()
    (home / "config.json").write_text('{"server": {"prot": 1}}')

    result = run("config", "list")

    assert result.exit_code == 2
    assert "the nearest is server.port" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shell: str) -> None:
    result = run("completion", shell)

    assert result.exit_code == 0
    assert "_CODEX2API_COMPLETE" in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_explains_itself(name: str) -> None:
    result = run(name, "--help")

    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_an_unknown_command_names_the_nearest() -> None:
    result = run("lgin")

    assert result.exit_code == 2
    assert "'login'" in result.stderr


def test_help_lists_every_command() -> None:
    text = run("--help").stdout

    assert [name for name in COMMANDS if name not in text] == []
