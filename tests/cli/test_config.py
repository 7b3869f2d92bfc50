"""``codex2api config``, ``completion`` and the lazy group, as a person calls them."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codex2api.cli import COMMANDS, main
from tests.cli.at_terminal import at_terminal


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


def test_a_secret_is_piped_in_and_never_shown(home: Path) -> None:
    secret = "very-secret-key-0123"
    typed = run("config", "set", "server.apiKeys", secret)
    piped = CliRunner().invoke(main, ["config", "set", "server.apiKeys", "--stdin"], secret)
    both = CliRunner().invoke(main, ["config", "set", "server.port", "1", "--stdin"], "2")

    assert (typed.exit_code, both.exit_code, piped.exit_code) == (2, 2, 0)
    assert "pipe it in with --stdin" in typed.stderr
    assert secret not in typed.output + piped.output + run("config", "list").output
    assert json.loads((home / "config.json").read_text()) == {"server": {"apiKeys": [secret]}}
    assert run("config", "set", "server.apiKeys", "[]").exit_code == 0


def test_set_says_what_outweighs_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "4321")
    done = run("config", "set", "server.port", "4000")

    assert "the environment variable PORT says otherwise" in done.stderr
    assert "says otherwise" not in run("config", "set", "server.host", "::1").stderr


def test_get_for_programs(home: Path) -> None:
    assert json.loads(run("config", "get", "server.port", "--json").stdout) == {
        "schema": 1,
        "key": "server.port",
        "value": 3000,
        "origin": "default",
    }


def test_keys_are_completed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_CODEX2API_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "codex2api config get server.po")
    monkeypatch.setenv("COMP_CWORD", "3")
    done = CliRunner().invoke(main, [], prog_name="codex2api")

    assert done.stdout == "plain,server.port\n"


def editor(folder: Path, *texts: str) -> str:
    """An editor that writes the next of some texts whenever it is opened."""
    script = folder / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        f"texts, count = {texts!r}, pathlib.Path({str(folder / 'count')!r})\n"
        "number = int(count.read_text()) if count.exists() else 0\n"
        "count.write_text(str(number + 1))\n"
        "pathlib.Path(sys.argv[1]).write_text(texts[number])\n"
    )
    return f"{sys.executable} {script}"


def test_edit_keeps_what_is_valid_only(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    bad, good = '{"server": {"prot": 1}}', '{"server": {"port": 4000}}'
    env = {"EDITOR": editor(tmp_path, bad, good, bad), "VISUAL": ""}
    with at_terminal(home, "config", "edit", env=env) as terminal:
        terminal.wait_for("Edit it again?")
        assert "the nearest is server.port" in terminal.seen
        assert not (home / "config.json").exists()
        terminal.type("y\n")
        assert terminal.end() == 0
    written = (home / "config.json").read_text()
    with at_terminal(home, "config", "edit", env=env) as terminal:
        terminal.wait_for("Edit it again?")
        terminal.type("n\n")
        assert terminal.end() == 1

    assert written == (home / "config.json").read_text() == good
    assert (home / "config.json").stat().st_mode & 0o077 == 0


def test_edit_mends_a_file_that_is_bad_and_leaves_one_that_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    env = {"EDITOR": editor(tmp_path, "{}", "{}"), "VISUAL": ""}
    for said in ("is written", "Nothing was changed"):
        with at_terminal(tmp_path, "config", "edit", env=env) as terminal:
            assert terminal.end() == 0
        assert said in terminal.seen
    assert (tmp_path / "config.json").read_text() == "{}"


def test_edit_needs_a_terminal(home: Path) -> None:
    done = run("config", "edit")

    assert done.exit_code == 2
    assert "codex2api config set KEY VALUE" in done.stderr


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
