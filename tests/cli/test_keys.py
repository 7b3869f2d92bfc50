"""``codex2api keys``, as a person calls it, beside servers that run."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from codex2api.cli import main
from tests.cli.server_process import ServerProcess, environment, serving

PATIENCE = 60
"""Seconds until something that takes two is called missing."""

IN_A_ROW = 40
"""Answers on connections of their own that all workers have a part in."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PORT", "HOST", "LOG_LEVEL", "CONFIG_PATH", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["keys", *arguments])


def listed() -> list[dict[str, Any]]:
    keys: list[dict[str, Any]] = json.loads(run("list", "--json").stdout)["keys"]
    return keys


def test_a_key_is_printed_once_and_alone(home: Path) -> None:
    created = run("create", "editor", "--requests", "100/1h", "--expires", "30d")

    assert created.exit_code == 0
    secret = created.stdout.strip()
    assert secret.startswith("sk-c2a-")
    assert "shown this once" in created.stderr
    assert secret not in created.stderr
    for shown in (run("list").stdout, run("list", "--json").stdout):
        assert secret not in shown
        assert secret[-4:] in shown
        assert "100/1h" in shown


def test_create_for_programs(home: Path) -> None:
    created = json.loads(run("create", "editor", "--reserve", "--json").stdout)

    assert created["schema"] == 1
    assert created["key"].endswith(created["tail"])
    assert created["reserve"] is True
    shown = {name: value for name, value in created.items() if name not in ("key", "schema")}
    assert listed()[0] == shown


def test_show_tells_of_one_key_and_never_the_key(home: Path) -> None:
    secret = run("create", "editor", "--requests", "100/1h").stdout.strip()
    run("create", "other")
    facts = run("show", "editor")
    told = json.loads(run("show", "editor", "--json").stdout)
    missing = run("show", "edtor")

    assert "name       editor\n" in facts.stdout
    assert f"key        ...{secret[-4:]}\n" in facts.stdout
    assert "0 of 100/1h requests" in facts.stdout
    assert secret not in facts.output + json.dumps(told)
    assert (told["schema"], told["name"]) == (1, "editor")
    assert missing.exit_code == 1
    assert "There is no key 'edtor'; there are: editor, other." in missing.stderr


def test_looking_makes_nothing(home: Path) -> None:
    result = run("list")

    assert result.exit_code == 0
    assert result.stdout == ""
    assert "codex2api keys create NAME" in result.stderr
    assert listed() == []
    assert not home.exists()


def test_set_changes_what_it_names_and_nothing_else(home: Path) -> None:
    run("create", "editor", "--tokens", "1M/1d", "--models", "gpt-5.5", "--expires", "30d")
    before = listed()[0]

    assert run("set", "editor", "--models", "none", "--concurrency", "2").exit_code == 0

    assert listed()[0] == before | {"models": [], "concurrency": 2}
    assert run("set", "editor", "--expires", "none").exit_code == 0
    assert listed()[0]["expires"] is None


def test_revoke_forgets_several(home: Path) -> None:
    for name in ("one", "two", "three"):
        run("create", name)

    assert run("revoke", "one", "two").exit_code == 0

    assert [key["name"] for key in listed()] == ["three"]


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("create", "editor", "--requests", "many"), 2, "100/1h"),
        (("create", "editor", "--expires", "2001-01-01"), 2, "over already"),
        (("create", "editor", "--weekly-share", "200%"), 2, "20%"),
        (("create", "editor", "--reasoning", "loud"), 2, "think-tags"),
        (("create", "owner"), 2, "taken"),
        (("create", "a b"), 2, "letters"),
        (("create", "taken"), 1, "already"),
        (("set", "taken"), 2, "Say what to change"),
        (("set", "nobody", "--requests", "1/1h"), 1, "no API key of the name 'nobody'"),
        (("revoke", "nobody"), 1, "no API key of the name 'nobody'"),
        (("revoke",), 2, "NAME"),
    ],
)
def test_mistakes_are_one_sentence_and_change_nothing(
    home: Path, arguments: tuple[str, ...], code: int, part: str
) -> None:
    run("create", "taken")
    before = listed()

    result = run(*arguments)

    assert result.exit_code == code
    assert part in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert listed() == before


def test_a_database_that_cannot_be_used_is_one_sentence(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "codex2api.db").write_text("Not a database, but long enough. " * 100)

    command = [sys.executable, "-m", "codex2api", "keys", "list"]  # it logs, and so stands alone
    result = subprocess.run(
        command, check=False, env=environment(home), capture_output=True, text=True
    )

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("Error: The database of this server failed")
    assert "Traceback" not in result.stderr


def test_an_account_that_nobody_has_signed_in_is_mentioned(home: Path) -> None:
    created = run("create", "annes", "--account", "anne")

    assert created.exit_code == 0
    assert "codex2api login --account anne" in created.stderr


def test_a_key_that_anybody_may_pay_for_is_mentioned(home: Path) -> None:
    data = home / "data"
    data.mkdir(parents=True, mode=0o700)
    tokens = {"access_token": "a", "refresh_token": "r", "expires_at": 1, "account_id": "i"}
    for label in ("anne", "ben"):
        (data / f"tokens.{label}.json").touch(mode=0o600)
        (data / f"tokens.{label}.json").write_text(json.dumps(tokens))

    assert "every account: anne, ben" in run("create", "editor").stderr
    assert "account" not in run("create", "annes", "--account", "anne").stderr


@pytest.mark.parametrize("key", ["sk-xxx", "changeme", "your-api-key", "short-123", "x" * 40])
def test_placeholders_stop_the_start(home: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("CODEX2API_API_KEYS", f"k9T2-vQ7m_Zc4-Lw8p,{key}")

    result = CliRunner().invoke(main, ["serve", "--port", "0"])

    assert result.exit_code == 2
    assert "server.apiKeys = (hidden) (environment variable CODEX2API_API_KEYS)" in result.stderr
    assert key not in result.stderr
    assert not home.exists()


def status(server: ServerProcess, key: str) -> int:
    connection = HTTPConnection(server.host, server.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/v1/models", headers={"authorization": f"Bearer {key}"})
        return connection.getresponse().status
    finally:
        connection.close()


def always(expected: int, ask: Callable[[], int]) -> bool:
    """Whether, before long, every worker answers so."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if all(ask() == expected for _ in range(IN_A_ROW)):
            return True
        time.sleep(0.1)
    return False


def test_every_worker_knows_of_a_change(home: Path) -> None:
    with serving(home, "--no-login", "--workers", "2") as server:
        secret = run("create", "editor").stdout.strip()
        assert always(200, lambda: status(server, secret))
        assert run("set", "editor", "--account", "nobody").exit_code == 0
        assert always(401, lambda: status(server, secret))  # its account is not signed in
        assert run("set", "editor", "--account", "none").exit_code == 0
        assert always(200, lambda: status(server, secret))
        assert run("revoke", "editor").exit_code == 0
        # Whoever goes on with a wrong key hears 429 after a while.
        assert always(True, lambda: status(server, secret) in (401, 429))


def written(home: Path, line: bytes) -> bytes:
    """All logs, once this is among them: lines are written some milliseconds later."""
    while line not in (logs := b"".join(path.read_bytes() for path in (home / "logs").iterdir())):
        time.sleep(0.01)
    return logs


def test_no_log_and_no_database_holds_a_key(home: Path) -> None:
    secret = run("create", "editor").stdout.strip()
    with serving(home, "--no-login", "--log-level", "debug") as server:
        assert status(server, secret) == 200
        assert status(server, secret[:-1]) == 401
        logs = written(home, b"caller=editor")
    stored = b"".join(path.read_bytes() for path in (home / "data").glob("codex2api.db*"))
    assert secret[7:-4].encode() not in logs + stored
