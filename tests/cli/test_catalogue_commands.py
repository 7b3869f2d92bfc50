"""``codex2api models`` and ``codex2api prompts``, against the simulated ChatGPT."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codex2api.accounts.account import Account, TokenSet
from codex2api.catalog.prompts import load
from codex2api.cli import main
from codex2api.simulator.runner import RunningSimulator, running_simulator
from codex2api.store.tokenfile import TokenFiles


@contextmanager
def simulator() -> Iterator[RunningSimulator]:
    """A simulator in a thread of its own: commands bring their own event loop."""
    started: list[RunningSimulator] = []
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with running_simulator() as running:
            started.append(running)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(20)
        yield started[0]
    finally:
        done.set()
        thread.join()


@pytest.fixture(scope="module")
def chatgpt() -> Iterator[RunningSimulator]:
    with simulator() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path))
    monkeypatch.delenv("CONFIG_PATH", raising=False)
    return tmp_path


def sign_in(home: Path, chatgpt: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX2API_BACKEND__URL", chatgpt.backend_url)
    monkeypatch.setenv("CODEX2API_OAUTH__ISSUER", chatgpt.issuer_url)
    minted = chatgpt.make_tokens()
    tokens = TokenSet(minted["access_token"], minted["refresh_token"], time.time() + 7200)
    account = Account("default", minted["account_id"], tokens)
    asyncio.run(TokenFiles(home / "data").add(account))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


class TestModels:
    def test_without_an_account_the_packaged_ones(self, home: Path) -> None:
        result = run("models")

        assert result.exit_code == 0
        assert "Nobody is signed in" in result.stderr
        assert "gpt-5.2-codex" in result.stdout
        assert "Nobody" not in result.stdout

    def test_the_accounts_own(
        self, home: Path, chatgpt: RunningSimulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign_in(home, chatgpt, monkeypatch)
        result = run("models")

        assert (result.exit_code, result.stderr) == (0, "")
        [line] = [line for line in result.stdout.splitlines() if line.startswith("gpt-5.6-sol ")]
        assert "low* medium high xhigh max ultra" in line
        assert "272k" in line
        assert "priority ultrafast" in line
        assert "gpt-5.1" not in result.stdout
        assert "codex-auto-review" not in result.stdout
        assert "codex-auto-review" in run("models", "--all").stdout

    def test_for_programs(self, home: Path) -> None:
        told = json.loads(run("models", "--json").stdout)

        assert (told["schema"], told["signed_in"]) == (1, False)
        [mini] = [model for model in told["models"] if model["id"] == "gpt-5.1-codex-mini"]
        assert mini["reasoning_efforts"] == ["medium", "high"]
        assert mini["default_reasoning_effort"] == "medium"

    def test_a_backend_that_cannot_be_reached(
        self, home: Path, chatgpt: RunningSimulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign_in(home, chatgpt, monkeypatch)
        monkeypatch.setenv("CODEX2API_BACKEND__URL", "http://127.0.0.1:1/backend-api")
        result = run("models")

        assert result.exit_code == 3
        assert "127.0.0.1 refused" in result.stderr


class TestPrompts:
    def test_what_is_packaged(self, home: Path) -> None:
        assert run("prompts", "list").stdout.split() == [
            "general",
            "packaged",
            "codex",
            "packaged",
        ]
        assert run("prompts", "show", "codex").stdout.strip() == load("codex")
        assert run("prompts", "show", "gpt-5.2-codex").stdout.strip() == load("codex")

    def test_an_update_needs_an_account(self, home: Path) -> None:
        result = run("prompts", "update")

        assert result.exit_code == 4
        assert "codex2api login" in result.stderr

    def test_an_update_is_listed_shown_and_private(
        self, home: Path, chatgpt: RunningSimulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sign_in(home, chatgpt, monkeypatch)
        result = run("prompts", "update")

        assert result.exit_code == 0
        assert "gpt-5.5" in result.stdout.splitlines()
        path = home / "data" / "prompts" / "gpt-5.5.md"
        assert path.stat().st_mode & 0o077 == 0
        origins = {
            row["name"]: row["origin"]
            for row in json.loads(run("prompts", "list", "--json").stdout)["prompts"]
        }
        assert origins["gpt-5.5"] == str(path)
        assert origins["general"] == "packaged"
        assert run("prompts", "show", "gpt-5.5").stdout.strip() == path.read_text().strip()
