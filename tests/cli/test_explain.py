"""``codex2api explain``, as a person calls it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from codex2api.cli import main
from codex2api.cli.explained import difference, summary
from tests.cli.server_process import ServerProcess
from tests.cli.signed_in import signed_in

CHAT: dict[str, Any] = {
    "model": "gpt-5.5-high",
    "messages": [{"role": "user", "content": "Hello"}],
    "temperature": 0.2,
    "stop": ["END"],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with signed_in(tmp_path_factory.mktemp("home"), "--no-login") as running:
        yield running


@pytest.fixture
def home(server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of a server that runs."""
    key_file = server.screen.split("API key   in ")[1].splitlines()[0]
    path = Path(key_file).parents[1]
    monkeypatch.setenv("CODEX2API_HOME", str(path))
    monkeypatch.setenv("PORT", str(server.port))
    monkeypatch.delenv("CONFIG_PATH", raising=False)
    return path


def run(*arguments: str, say: str = "") -> Result:
    return CliRunner().invoke(main, ["explain", *arguments], input=say)


def test_the_short_of_it_and_the_difference(home: Path) -> None:
    result = run(say=json.dumps(CHAT))

    assert result.exit_code == 0, result.stderr
    rows = dict(line.split(None, 1) for line in result.stdout.split("\n\n")[0].splitlines())
    assert rows["asked"] == "POST /v1/chat/completions"
    assert rows["sent"].endswith("/backend-api/codex/responses")
    assert rows["model"].startswith("gpt-5.5-high → gpt-5.5, effort high")
    assert rows["account"] == "default"
    assert rows["honoured"] == "model, messages"
    assert rows["emulated"].startswith("stop")
    assert rows["dropped"].startswith("temperature: ")
    assert "--- you send\n+++ ChatGPT gets\n" in result.stdout
    assert '-  "temperature": 0.2' in result.stdout
    assert '+  "store": false' in result.stdout


def test_a_file_and_json(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"model": "gpt-5.5", "input": "Hello"}))

    found = json.loads(run(str(file), "--json").stdout)

    assert found["path"] == "/v1/responses"
    assert found["kept"] is True
    assert found["calls"][0]["headers"]["Authorization"] == "Bearer [hidden]"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"prompt": "Hello"}, "/v1/completions"),
        ({"input": "Hello"}, "/v1/responses"),
        ({"messages": [{"role": "user", "content": "Hello"}]}, "/v1/chat/completions"),
    ],
)
def test_the_route_is_told_by_the_body(home: Path, body: dict[str, Any], path: str) -> None:
    said = json.dumps({"model": "gpt-5.5", **body})
    assert json.loads(run("-", "--json", say=said).stdout)["path"] == path
    named = run("--path", path, "--json", say=said)
    assert json.loads(named.stdout)["path"] == path


@pytest.mark.parametrize(
    ("arguments", "say", "code", "part"),
    [
        ((), "not JSON", 2, "no JSON"),
        ((), "[]", 2, "JSON object"),
        (("/nowhere/at/all",), "", 1, "cannot be read"),
        ((), '{"model": "gpt-none", "input": "Hello"}', 1, "gpt-none"),
        (("--path", "/v1/embeddings"), "{}", 2, "--path"),
    ],
)
def test_mistakes_are_one_sentence(
    home: Path, arguments: tuple[str, ...], say: str, code: int, part: str
) -> None:
    result = run(*arguments, say=say)

    assert result.exit_code == code, result.output
    assert part in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_without_a_server(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    result = run(say=json.dumps(CHAT))
    assert result.exit_code == 3
    assert "codex2api serve" in result.stderr


def explanation(**fields: Any) -> dict[str, Any]:
    call = {"times": 1, "form": "lite", "known": True, "url": "https://x/y", "body": {"a": 1}}
    return {
        "path": "/v1/completions",
        "asked_model": "gpt-5.5",
        "account": "work",
        "model": "gpt-5.5",
        "effort": None,
        "kept": False,
        "parameters": [],
        "emulated": [],
        "adjusted": [],
        "dropped": [],
        "calls": [call],
    } | fields


def test_lines() -> None:
    call = explanation()["calls"][0]
    told = explanation(
        calls=[call | {"times": 2, "known": False}, call],
        adjusted=["effort:minimal->low"],
        dropped=["input[3]"],
        kept=True,
    )
    assert summary(told) == [
        "asked     POST /v1/completions",
        "sent      POST https://x/y, 3 times",
        "model     gpt-5.5, form lite, not in this account's list",
        "account   work",
        "dropped   input[3]",
        "adjusted  effort:minimal → low",
        "kept      the answer is stored here, not at ChatGPT (store)",
    ]


def test_equal_bodies_have_no_difference() -> None:
    assert list(difference({"a": 1}, explanation())) == []
    shown = list(difference({"a": 2}, explanation()))
    assert ('-  "a": 2', "red") in shown
    assert ('+  "a": 1', "green") in shown
