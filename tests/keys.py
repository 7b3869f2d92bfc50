"""Client keys of a served product, made as the dashboard makes them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from tests.served import Served

PATH = "/admin/api/keys"
CHAT = "/v1/chat/completions"
HELLO = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hello"}]}

PATIENCE = 60
"""Seconds until something that takes two is called missing."""


async def create_key(product: Served, name: str, **said: Any) -> dict[str, Any]:
    """A new key; ``key`` is what opens the door."""
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as owner:
        answer = await owner.post(PATH, json={"name": name, **said})
    assert answer.status_code == 200, answer.text
    created: dict[str, Any] = answer.json()
    return created


def client_of(product: Served, key: str) -> httpx2.AsyncClient:
    """A client that shows a key."""
    bearer = {"authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(base_url=product.url, headers=bearer, timeout=60)


def error_of(answer: httpx2.Response) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    error = answer.json()["error"]
    code = error["details"]["error_code"] if "details" in error else error["code"]
    return answer.status_code, code, error["message"]


async def becomes(status: int, ask: Callable[[], Awaitable[httpx2.Response]]) -> None:
    """Ask until the answer has a status."""
    deadline = time.monotonic() + PATIENCE
    while (answer := await ask()).status_code != status:
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.1)
