"""What a running server writes down, and what it never does."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import structlog

from codex2api import logs
from served import Served, served

ASK = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "remember the walrus"}]}
FAULTS = ["usage_not_included", "bad_gateway", "echo_secret", "cut", "failed"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    logs.configure(level="debug", directory=tmp_path / "logs", format="json")
    yield tmp_path / "logs"
    structlog.reset_defaults()


def written(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.iterdir())


async def use(product: Served) -> None:
    async with httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client:
        await client.post("/chat/completions", json=ASK, headers={"x-request-id": "trace-7"})
        for fault in FAULTS:
            body = {"model": "gpt-5.5", "input": f"SCENARIO:{fault} go", "stream": True}
            await client.post("/responses", json=body)
        await client.post("/responses", json={}, headers={"authorization": "Bearer sk-wrong-key-1"})


def secrets(product: Served) -> list[str]:
    stored = json.loads((product.home / "data" / "tokens.json").read_text())
    return [product.key, "sk-wrong-key-1", stored["access_token"], stored["refresh_token"], "@"]


async def test_a_line_a_request_without_prompts_and_secrets(tmp_path: Path, folder: Path) -> None:
    async with served(tmp_path / "home") as product:
        await use(product)
        text = written(folder)
        assert text.count("request method=") == len(FAULTS) + 2
        assert "[trace-7]" in text
        assert "walrus" not in text
        assert [secret for secret in secrets(product) if secret in text] == []


async def test_bodies_before_and_after_only_when_asked_for(tmp_path: Path, folder: Path) -> None:
    async with served(tmp_path / "home", **{"logging.enableRequestLogging": True}) as product:
        await use(product)
        text = written(folder)
        assert "caller.request" in text
        assert "upstream.request" in text
        assert "walrus" in text
        assert [secret for secret in secrets(product) if secret in text] == []
