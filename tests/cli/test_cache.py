"""``codex2api cache``, as a person calls it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from codex2api.cli import main
from codex2api.cli.cache import lines
from tests.cli.signed_in import connect, post, signed_in, soon

STORY: dict[str, Any] = {
    "conversation": "5f0c1ab2e4d7aaaa",
    "key_name": "laptop",
    "model": "gpt-5.5",
    "requests": 14,
    "input_tokens": 412_000,
    "cached_share": 0.91,
    "last_cached_share": 0.97,
    "breaks": 1,
    "last_break": {"what": "tools[3] changed", "at": 1000},
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["cache", *arguments])


def test_the_table() -> None:
    quiet = STORY | {"last_break": None, "breaks": 0, "cached_share": None, "model": None}
    assert lines([STORY, quiet], 1720) == [
        "CONVERSATION  KEY     MODEL    REQUESTS   INPUT  CACHED  LAST  BREAKS  LAST BREAK",
        (
            "5f0c1ab2e4d7  laptop  gpt-5.5        14  412.0k    91 %  97 %       1  "
            "tools[3] changed, 12 min ago"
        ),
        "5f0c1ab2e4d7  laptop  -              14  412.0k       -  97 %       0  -",
    ]


def test_with_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFIG_PATH", raising=False)
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path))
    on = {"CODEX2API_CODEX__CACHE_METER": "true"}
    with signed_in(tmp_path, "--no-login", env=on) as server:
        monkeypatch.setenv("PORT", str(server.port))
        assert "no conversation yet" in run().stderr
        with connect(server) as connection:
            post(connection, server, "Hello").read()
        assert soon(lambda: "gpt-5.5" in run().stdout)
        found = json.loads(run("--json").stdout)
    assert (found["schema"], found["on"]) == (1, True)
    assert found["conversations"][0]["requests"] == 1


def test_off_says_how_to_switch_it_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFIG_PATH", raising=False)
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path))
    with signed_in(tmp_path, "--no-login") as server:
        monkeypatch.setenv("PORT", str(server.port))
        result = run()
    assert (result.exit_code, result.stdout) == (0, "")
    assert "codex.cacheMeter true" in result.stderr


def test_without_a_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path))
    monkeypatch.setenv("PORT", "1")
    assert run().exit_code == 3
