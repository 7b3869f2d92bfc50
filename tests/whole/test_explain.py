"""``x-codex2api-explain: 1``: what is told is what would be sent, and nothing is sent."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT: dict[str, Any] = {
    "model": "gpt-5.5-high",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
    ],
    "temperature": 0.2,
    "stop": ["END"],
    "max_tokens": 50,
    "top_p": 1,
    "stream": True,
    "novelty": 3,
}
EXPLAIN = {"x-codex2api-explain": "1", "x-request-id": "explained"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def http(product: Served) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(product.url, headers=product.bearer) as session:
        product.simulator.state.reset()
        yield session


def asked(product: Served) -> list[dict[str, Any]]:
    """What the backend was sent, of requests that ask a model."""
    return [json.loads(each.body) for each in product.simulator.requests("/codex/responses")]


async def explained(http: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with http.post(path, json=body, headers=EXPLAIN) as answer:
        told: dict[str, Any] = await answer.json()
        assert answer.status == 200, told
        return told


async def test_nothing_is_sent_and_what_is_told_would_be(
    product: Served, http: aiohttp.ClientSession
) -> None:
    told = await explained(http, "/v1/chat/completions", CHAT)
    assert asked(product) == []

    async with http.post("/v1/chat/completions", json=CHAT) as answer:
        await answer.read()
    (sent,) = asked(product)
    assert told["calls"][0]["body"] == sent


async def test_what_became_of_each_parameter(http: aiohttp.ClientSession) -> None:
    told = await explained(http, "/v1/chat/completions", CHAT)
    fates = {each["name"]: each["fate"] for each in told["parameters"]}
    reasons = {each["name"]: each["why"] for each in told["parameters"]}

    assert fates == {
        "model": "mapped",
        "messages": "mapped",
        "temperature": "dropped",
        "stop": "emulated",
        "max_tokens": "emulated",
        "top_p": "granted",
        "stream": "granted",
        "novelty": "dropped",
    }
    assert reasons["novelty"] == "Unknown to this server."
    assert reasons["temperature"]
    assert told["dropped"] == ["temperature", "novelty"]
    assert told["stream"] is True
    assert told["kept"] is False


async def test_the_model_and_the_account(product: Served, http: aiohttp.ClientSession) -> None:
    told = await explained(http, "/v1/chat/completions", CHAT)
    (call,) = told["calls"]

    assert (told["asked_model"], told["model"], told["effort"]) == (
        "gpt-5.5-high",
        "gpt-5.5",
        "high",
    )
    assert told["account"] == "default"
    assert call["known"] is True
    assert call["url"] == f"{product.simulator.backend_url}/codex/responses"


async def test_no_secret_is_in_it(product: Served, http: aiohttp.ClientSession) -> None:
    tokens = json.loads((product.home / "data" / "tokens.json").read_text())
    told = await explained(http, "/v1/chat/completions", CHAT)

    text = json.dumps(told)
    for name in ("access_token", "refresh_token", "id_token", "account_id"):
        assert tokens[name] not in text
    assert product.key not in text
    headers = told["calls"][0]["headers"]
    assert headers["Authorization"] == "Bearer [hidden]"
    assert headers["ChatGPT-Account-ID"] == "[hidden]"
    assert headers["originator"] == "codex_cli_rs"


async def test_every_dialect(http: aiohttp.ClientSession) -> None:
    for path, body in (
        ("/v1/completions", {"model": "gpt-5.5", "prompt": ["a", "b"], "n": 2}),
        ("/v1/responses", {"model": "gpt-5.5", "input": "Hello"}),
    ):
        told = await explained(http, path, body)
        assert told["path"] == path
        expected = [2, 2] if path == "/v1/completions" else [1]
        assert [call["times"] for call in told["calls"]] == expected


async def test_a_chain_is_explained_with_what_was_said_before(
    product: Served, http: aiohttp.ClientSession
) -> None:
    async with http.post("/v1/responses", json={"model": "gpt-5.5", "input": "One"}) as answer:
        first = await answer.json()
    body = {"model": "gpt-5.5", "input": "Two", "previous_response_id": first["id"]}

    told = await explained(http, "/v1/responses", body)

    assert told["kept"] is True
    said = json.dumps(told["calls"][0]["body"]["input"])
    assert "One" in said
    assert "Two" in said
    assert '"(encrypted, ' in said or "encrypted_content" not in said


async def test_background_is_explained_and_not_begun(
    product: Served, http: aiohttp.ClientSession
) -> None:
    body = {"model": "gpt-5.5", "input": "One", "background": True}
    await explained(http, "/v1/responses", body)
    assert asked(product) == []


async def test_it_is_no_call_of_the_ledger(http: aiohttp.ClientSession) -> None:
    await explained(http, "/v1/chat/completions", CHAT)
    headers = {"x-request-id": "the-call-after-it"}
    async with http.post("/v1/chat/completions", json=CHAT, headers=headers) as answer:
        await answer.read()
    async with asyncio.timeout(60):  # it is written behind the answers, in their order
        names: list[str] = []
        while "the-call-after-it" not in names:
            async with http.get("/admin/api/requests", params={"limit": 1000}) as answer:
                names = [call["request_id"] for call in (await answer.json())["data"]]
    assert "explained" not in names


@pytest.mark.parametrize(
    ("headers", "body", "status", "param"),
    [
        ({"x-codex2api-explain": "perhaps"}, CHAT, 400, "x-codex2api-explain"),
        (EXPLAIN | {"x-codex2api-strict": "1"}, CHAT, 400, "temperature"),
        (EXPLAIN | {"x-codex2api-account": "nobody"}, {**CHAT, "temperature": 1}, 401, None),
        (EXPLAIN, {"model": "gpt-5.5"}, 400, "messages"),
        (EXPLAIN, {**CHAT, "model": "gpt-none"}, 404, "model"),
    ],
)
async def test_what_would_be_refused_is_refused(
    http: aiohttp.ClientSession,
    headers: dict[str, str],
    body: dict[str, Any],
    status: int,
    param: str | None,
) -> None:
    async with http.post("/v1/chat/completions", json=body, headers=headers) as answer:
        told = await answer.json()
        assert answer.status == status, told
        assert told["error"]["param"] == param


async def test_no_means_no(product: Served, http: aiohttp.ClientSession) -> None:
    headers = {"x-codex2api-explain": "0"}
    async with http.post("/v1/chat/completions", json=CHAT, headers=headers) as answer:
        await answer.read()
    assert len(asked(product)) == 1


async def test_remembered_reasoning_is_counted_and_not_shown(tmp_path: Path) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    question = {"role": "user", "content": "SCENARIO:reasoning_tool"}
    body = {"model": "gpt-5.5", "messages": [question], "tools": [tool]}
    async with (
        served(tmp_path) as product,
        aiohttp.ClientSession(product.url, headers=product.bearer) as http,
    ):
        async with http.post("/v1/chat/completions", json=body) as answer:
            said = (await answer.json())["choices"][0]["message"]
        result = {"role": "tool", "content": "x", "tool_call_id": said["tool_calls"][0]["id"]}
        body["messages"] = [question, said, result]
        told = await explained(http, "/v1/chat/completions", body)
    items = told["calls"][0]["body"]["input"]
    (thought,) = (item for item in items if item.get("type") == "reasoning")
    assert thought["encrypted_content"].startswith("(encrypted, ")
