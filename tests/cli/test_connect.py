"""``codex2api connect``, as a person calls it."""

import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codex2api.cli import main
from tests.cli.server_process import PATIENCE, environment
from tests.cli.signed_in import signed_in

MOVED = ("CODEX_HOME", "XDG_CONFIG_HOME", "LLM_USER_PATH", "CONTINUE_GLOBAL_DIR")
STRANGE = ("PORT", "HOST", "LOG_LEVEL", "CONFIG_PATH", "DATABASE_URL", "CODEX2API_KEY")


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a person whose server is off."""
    for name in (*MOVED, *STRANGE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path / ".codex2api"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["connect", *arguments])


def test_the_list(person: Path) -> None:
    result = run()

    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["curl", "curl"]
    (codex,) = (line for line in lines if line.startswith("codex "))
    assert codex.endswith("--write")
    assert "codex2api connect CLIENT" in result.stderr
    assert list(person.iterdir()) == []


def test_the_list_for_programs(person: Path) -> None:
    found = json.loads(run("--json").stdout)

    assert found["schema"] == 1
    (zed,) = (client for client in found["clients"] if client["name"] == "zed")
    assert zed == {
        "name": "zed",
        "title": "Zed",
        "kind": "editor",
        "source": "https://zed.dev/docs/ai/use-api-access",
        "writes": True,
    }


def test_a_snippet_alone_goes_to_stdout(person: Path) -> None:
    result = run("curl", "--model", "gpt-5.5-high")

    assert result.exit_code == 0
    assert result.stdout.startswith("curl http://127.0.0.1:3000/v1/chat/completions \\\n")
    assert "gpt-5.5-high" in result.stdout
    assert "$CODEX2API_KEY" in result.stdout
    assert "codex2api keys create curl" in result.stderr
    assert "not running: codex2api serve" in result.stderr
    assert list(person.iterdir()) == []


def test_the_address_is_the_settings(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    assert "127.0.0.1:8123/v1" in run("openai-python").stdout

    elsewhere = run("open-webui", "--base-url", "https://chat.example/v1/")
    assert "OPENAI_API_BASE_URL=https://chat.example/v1 " in elsewhere.stdout
    assert "allowedHosts" not in elsewhere.stderr


def test_containers_are_told_what_they_need(person: Path) -> None:
    result = run("open-webui")

    assert "http://host.docker.internal:3000/v1" in result.stdout
    assert "server.host 0.0.0.0" in result.stderr
    assert "server.allowedHosts host.docker.internal" in result.stderr


def test_for_programs(person: Path) -> None:
    found = json.loads(run("continue", "-m", "gpt-5.5", "--json").stdout)

    assert (found["name"], found["model"]) == ("continue", "gpt-5.5")
    assert found["base_url"] == "http://127.0.0.1:3000/v1"
    assert [each["language"] for each in found["snippets"]] == ["yaml", "env"]
    assert any("keys create" in hint for hint in found["hints"])


def test_a_key_is_created_and_shown_where_it_belongs(person: Path) -> None:
    result = run("openai-python", "--create-key", "laptop")

    first = result.stdout.splitlines()[0]
    assert first.startswith("export CODEX2API_KEY=sk-c2a-")
    assert "shown this once" in result.stderr
    keys = json.loads(CliRunner().invoke(main, ["keys", "list", "--json"]).stdout)["keys"]
    assert [key["name"] for key in keys] == ["laptop"]

    pasted = run("cursor", "--create-key", "cursor", "--json")
    assert "sk-c2a-" in json.loads(pasted.stdout)["snippets"][0]["text"]


def test_a_server_without_keys_says_so(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX2API_SERVER__AUTH", "none")
    assert "asks for no key" in run("cursor").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("codx",), 2, "The nearest is 'codex'"),
        (("cursor", "--write"), 2, "codex2api connect cursor"),
        (("curl", "--base-url", "127.0.0.1:3000"), 2, "http://HOST:PORT/v1"),
        (("curl", "--model", "$(id)"), 2, "no name of a model"),
        (("curl", "--create-key", "a b"), 2, "letters"),
        (("codex", "--write"), 2, "-y"),
    ],
)
def test_mistakes_are_one_sentence(
    person: Path, arguments: tuple[str, ...], code: int, part: str
) -> None:
    result = run(*arguments)

    assert result.exit_code == code
    assert part in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert not (person / ".codex").exists()


def test_a_file_is_edited_and_the_old_one_stays(person: Path) -> None:
    file = person / ".codex" / "config.toml"
    file.parent.mkdir()
    file.write_text('model = "o3"\n')
    file.chmod(0o640)

    result = run("codex", "--write", "-y")

    assert result.exit_code == 0
    assert result.stdout == ""
    assert '+model_provider = "codex2api"' in result.stderr
    found = tomllib.loads(file.read_text())
    assert (found["model"], found["model_provider"]) == ("o3", "codex2api")
    assert file.stat().st_mode & 0o777 == 0o640
    (backup,) = file.parent.glob("config.toml.*.bak")
    assert backup.read_text() == 'model = "o3"\n'
    assert str(backup) in result.stderr

    again = run("codex", "--write", "-y")
    assert "is as it should be" in again.stderr
    assert sorted(file.parent.iterdir()) == sorted([file, backup])


def test_a_new_file_is_private_and_has_no_key(person: Path) -> None:
    result = run("continue", "--write", "-y", "--create-key", "editor")

    file = person / ".continue" / "config.yaml"
    secret = result.stdout.strip()
    assert secret.startswith("sk-c2a-")
    assert secret not in file.read_text()
    assert secret not in result.stderr
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_stays_a_link(person: Path) -> None:
    (person / "dotfiles").mkdir()
    target = person / "dotfiles" / "aider.yml"
    target.write_text("auto-commits: false\n")
    (person / ".aider.conf.yml").symlink_to(target)

    assert run("aider", "--write", "-y").exit_code == 0

    assert (person / ".aider.conf.yml").is_symlink()
    assert "openai-api-base" in target.read_text()


def test_doubt_changes_nothing_and_creates_no_key(person: Path) -> None:
    file = person / ".config" / "zed" / "settings.json"
    file.parent.mkdir(parents=True)
    file.write_text("// mine\n{}\n")

    result = run("zed", "--write", "-y", "--create-key", "zed")

    assert result.exit_code == 1
    assert "is left as it is. It is no plain JSON" in result.stderr
    assert "codex2api connect zed" in result.stderr
    assert file.read_text() == "// mine\n{}\n"
    assert not (person / ".codex2api").exists()


def test_a_file_that_cannot_be_read_is_one_sentence(person: Path) -> None:
    (person / ".aider.conf.yml").mkdir()
    assert "cannot be read" in run("aider", "--write", "-y").stderr

    (person / ".codex").write_text("a file in the place of a folder")
    assert run("codex", "--write", "-y").exit_code == 1

    (person / ".continue").mkdir()
    (person / ".continue" / "config.yaml").write_bytes(b"\xff")
    assert "not UTF-8" in run("continue", "--write", "-y").stderr


@pytest.mark.parametrize(("answer", "written"), [(b"y\n", True), (b"n\n", False)])
def test_a_terminal_is_asked(person: Path, answer: bytes, written: bool) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    home = environment(person / ".codex2api") | {"HOME": str(person)}
    done = subprocess.run(
        [sys.executable, "-m", "codex2api", "connect", "codex", "--write"],
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=home,
        check=False,
    )
    os.close(theirs)
    os.close(ours)

    assert "Write " in done.stderr
    assert done.returncode == (0 if written else 1)
    assert (person / ".codex" / "config.toml").exists() is written


def test_a_running_server_tells_its_models(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with signed_in(person / ".codex2api", "--no-login") as server:
        monkeypatch.setenv("PORT", str(server.port))
        found = json.loads(run("curl", "--json").stdout)

    assert found["base_url"] == f"{server.url}/v1"
    assert found["model"].startswith("gpt-")
    assert not any("not running" in hint for hint in found["hints"])


def test_the_clients_variable_is_no_setting(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX2API_KEY", "sk-c2a-whatever")
    assert CliRunner().invoke(main, ["config", "list"]).exit_code == 0
