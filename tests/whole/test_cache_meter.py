"""The cache meter of the whole product: over every API, and only where it is wanted."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
from openai import AsyncOpenAI

from tests.served import Served, served

MODEL = "gpt-5.5"
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}


def http(product: Served) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=product.url, headers=product.bearer, timeout=60)


def chat(*texts: str, **fields: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    said = [{"role": roles[at % 2], "content": text} for at, text in enumerate(texts)]
    return {"model": MODEL, "messages": said, "tools": [TOOL], **fields}


async def told(client: httpx2.AsyncClient, requests: int) -> list[dict[str, Any]]:
    """What the meter knows when it has heard of so many requests: it hears of them behind them."""
    async with asyncio.timeout(60):
        while True:
            answer = (await client.get("/admin/api/cache")).json()
            found: list[dict[str, Any]] = answer["data"]
            if sum(each["requests"] for each in found) >= requests:
                return found
            await asyncio.sleep(0.02)


async def test_what_broke_a_chat(tmp_path: Path) -> None:
    meter = {"codex.cacheMeter": True}
    async with served(tmp_path, **meter) as product, http(product) as client:
        first = chat("Hello")
        await client.post("/v1/chat/completions", json=first)
        goes_on = chat("Hello", "Hi", "So?", stream=True)
        await client.post("/v1/chat/completions", json=goes_on)
        (quiet,) = await told(client, 2)
        other = {**TOOL, "function": {**TOOL["function"], "name": "see"}}  # type: ignore[dict-item]
        await client.post("/v1/chat/completions", json={**goes_on, "tools": [other]})
        (broken,) = await told(client, 3)

    assert (quiet["breaks"], quiet["last_break"]) == (0, None)
    assert quiet["key_name"] == "owner"
    assert (quiet["account"], quiet["model"]) == ("default", MODEL)
    assert quiet["input_tokens"] > 0
    assert (broken["breaks"], broken["last_break"]["what"]) == (1, "tools[0] changed")


async def test_a_chain_and_a_key_of_the_clients(tmp_path: Path) -> None:
    meter = {"codex.cacheMeter": True}
    async with served(tmp_path, **meter) as product, http(product) as client:
        async with AsyncOpenAI(base_url=product.v1, api_key=product.key) as sdk:
            one = await sdk.responses.create(model=MODEL, input="One", prompt_cache_key="talk")
            await sdk.responses.create(
                model=MODEL, input="Two", previous_response_id=one.id, prompt_cache_key="talk"
            )
        (story,) = await told(client, 2)

    assert story["conversation"] == "talk"
    assert story["breaks"] == 0


async def test_it_is_off_unless_wanted(tmp_path: Path) -> None:
    async with served(tmp_path) as product, http(product) as client:
        await client.post("/v1/chat/completions", json=chat("Hello"))
        answer = await client.get("/admin/api/cache")

    assert answer.json() == {"on": False, "data": []}


async def test_it_is_for_the_owner_alone(tmp_path: Path) -> None:
    key = "k9T2-vQ7m_Zc4-Lw8p"
    async with served(tmp_path, **{"server.apiKeys": [key]}) as product:
        headers = {"authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(base_url=product.url, headers=headers) as client:
            assert (await client.get("/admin/api/cache")).status_code == 401
