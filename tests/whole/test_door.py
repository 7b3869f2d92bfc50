"""The door over real sockets: wrong keys, and what proxies say about whom they forward."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from codex2api.api.wrong_keys import PER_MINUTE
from tests.served import Served, served

ASK = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}
WRONG = {"authorization": "Bearer sk-wrong"}


@asynccontextmanager
async def door(home: Path, **settings: Any) -> AsyncIterator[tuple[Served, httpx2.AsyncClient]]:
    async with (
        served(home, **settings) as product,
        httpx2.AsyncClient(base_url=product.url) as client,
    ):
        yield product, client


async def tries(client: httpx2.AsyncClient, times: int, **headers: str) -> list[int]:
    named = WRONG | {name.replace("_", "-"): value for name, value in headers.items()}
    return [(await client.get("/v1/models", headers=named)).status_code for _ in range(times)]


async def test_wrong_keys_are_limited_and_the_right_one_never(tmp_path: Path) -> None:
    async with door(tmp_path) as (product, client):
        statuses = await tries(client, PER_MINUTE + 3)
        told = await client.get("/v1/models", headers={"x-api-key": "sk-wrong-too"})
        right = await client.post("/v1/chat/completions", json=ASK, headers=product.bearer)
        nameless = await client.get("/v1/models")
        with pytest.raises(InvalidStatus) as refused:
            await connect(
                f"{product.url.replace('http', 'ws')}/v1/responses", additional_headers=WRONG
            )

    assert statuses == [401] * PER_MINUTE + [429] * 3
    assert told.status_code == 429
    assert told.headers["x-should-retry"] == "false"
    assert 1 <= int(told.headers["retry-after"]) <= 60
    error = told.json()["error"]
    assert (error["code"], error["type"]) == ("too_many_wrong_keys", "rate_limit_error")
    assert "sk-wrong" not in told.text
    assert (right.status_code, nameless.status_code) == (200, 401)
    assert refused.value.response.status_code == 429


async def test_nobody_gets_more_tries_by_naming_other_addresses(tmp_path: Path) -> None:
    async with door(tmp_path) as (_, client):
        names = ["x_forwarded_for", "forwarded", "x_real_ip", "via"]
        for number in range(PER_MINUTE):
            await tries(client, 1, **{names[number % 4]: f"10.0.0.{number}"})

        assert await tries(client, 1, x_forwarded_for="10.1.1.1") == [429]


@pytest.mark.parametrize("trusted", ["127.0.0.1", "127.0.0.0/8"])
async def test_a_trusted_proxy_tells_who_calls(tmp_path: Path, trusted: str) -> None:
    async with door(tmp_path, **{"server.trustedProxies": [trusted]}) as (_, client):
        full = await tries(client, PER_MINUTE + 1, x_forwarded_for="6.6.6.6, 10.0.0.1")

        assert full[-1] == 429
        assert await tries(client, 1, x_forwarded_for="10.0.0.2") == [401]
        # Only the last hop is the proxy's word; what the caller put before it counts for nothing.
        assert await tries(client, 1, x_forwarded_for="7.7.7.7, 10.0.0.1") == [429]
        raw = {**WRONG, "X_Forwarded_For": "10.0.0.1", "x-forwarded-for": "10.0.0.3"}
        assert (await client.get("/v1/models", headers=raw)).status_code == 401


async def test_a_proxy_that_is_not_listed_is_not_believed(tmp_path: Path) -> None:
    async with door(tmp_path, **{"server.trustedProxies": ["10.0.0.0/8"]}) as (_, client):
        await tries(client, PER_MINUTE, x_forwarded_for="1.1.1.1")

        assert await tries(client, 1, x_forwarded_for="2.2.2.2") == [429]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
@pytest.mark.parametrize("trusted", [[], ["127.0.0.1"]])
async def test_whoever_comes_through_a_proxy_is_not_invited(
    tmp_path: Path, name: str, trusted: list[str]
) -> None:
    settings: dict[str, Any] = {"signed_in": False, "server.trustedProxies": trusted}
    async with door(tmp_path, **settings) as (product, client):
        local = await client.post("/v1/chat/completions", json=ASK, headers=product.bearer)
        forwarded = await client.post(
            "/v1/chat/completions", json=ASK, headers=product.bearer | {name: "127.0.0.1"}
        )

    assert "/sign-in/" in local.text
    assert forwarded.status_code == 401
    assert "/sign-in/" not in forwarded.text
