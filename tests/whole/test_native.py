"""The routes of Codex' own backend: bodies and events pass as they are, with our account."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
import zstandard

from codex2api.simulator.options import SimulatorOptions
from tests.served import SHARED, Served, served, sign_in

RESPONSES = "/backend-api/codex/responses"
POSTED = ("POST", RESPONSES)


@pytest_asyncio.fixture
async def product(tmp_path: Path) -> AsyncIterator[Served]:
    options = SimulatorOptions(any_redirect_port=True)
    async with served(tmp_path, options, **{"backend.idleTimeout": 500}) as running:
        yield running


@pytest_asyncio.fixture
async def client(product: Served) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as http:
        yield http


def turn(text: str, **more: Any) -> dict[str, Any]:
    part = {"type": "input_text", "text": text}
    return {
        "model": "gpt-5.5",
        "instructions": "",
        "input": [{"type": "message", "role": "user", "content": [part]}],
        "store": False,
        "stream": True,
        **more,
    }


async def test_a_turn_passes_as_it_is(client: httpx2.AsyncClient, product: Served) -> None:
    body = json.dumps(turn("SIM:metadata=1 hello", client_metadata={"a": "b"})).encode()
    headers = {
        "content-type": "application/json",
        "content-encoding": "zstd",
        "x-codex-turn-state": "sticky",
        "session-id": "s-1",
        "cookie": "secret=1",
        "originator": "codex_exec",
        "user-agent": "codex_exec/0.169.0",
        "x-codex2api-account": "default",
    }
    answer = await client.post(
        RESPONSES, content=zstandard.ZstdCompressor().compress(body), headers=headers
    )

    assert answer.status_code == 200
    assert "codex.rate_limits" in answer.text
    assert "response.metadata" in answer.text
    assert "event: response.completed" in answer.text
    assert answer.headers["x-codex-turn-state"] == "sticky"
    assert answer.headers["x-codex-primary-used-percent"]
    assert answer.headers["x-codex2api-account"] == "default"
    (asked,) = product.simulator.requests("/codex/responses")
    assert json.loads(asked.body) == json.loads(body)
    sent = dict(asked.headers)
    assert sent["authorization"] != product.bearer["authorization"]
    assert (sent["session-id"], sent["originator"]) == ("s-1", "codex_exec")
    assert sent["user-agent"] == "codex_exec/0.169.0"
    assert not {"cookie", "x-codex2api-account"} & set(sent)


@pytest.mark.skipif(not SHARED.exists(), reason="the recordings are not in the repository")
@pytest.mark.parametrize("name", ["codex-chatgpt-http-hi", "codex-chatgpt-http-toolcall"])
async def test_what_codex_sends_is_served(client: httpx2.AsyncClient, name: str) -> None:
    recorded = json.loads((SHARED / "captures" / f"{name}.json").read_text())["exchanges"]
    bodies = [each["body"] for each in recorded if (each["method"], each["path"]) == POSTED]
    assert bodies
    for body in bodies:
        answer = await client.post(RESPONSES, json=body)
        assert "event: response.completed" in answer.text, answer.text


async def test_a_refusal_is_in_the_words_of_the_backend(client: httpx2.AsyncClient) -> None:
    answer = await client.post(RESPONSES, json=turn("hi", temperature=1))
    assert (answer.status_code, answer.json()) == (
        400,
        {"detail": "Unsupported parameter: temperature"},
    )

    answer = await client.post(RESPONSES, json=turn("SCENARIO:echo_secret"))
    assert answer.status_code == 500
    assert "eyJ" not in answer.text

    answer = await client.post(RESPONSES, json=turn("SCENARIO:usage_limit"))
    assert (answer.status_code, answer.json()["error"]["type"]) == (429, "usage_limit_reached")


async def test_another_account_takes_over(
    client: httpx2.AsyncClient, product: Served, tmp_path: Path
) -> None:
    sign_in(tmp_path, product.simulator, label="second")
    text = "SCENARIO:usage_limit:times=1 hi"
    answer = await client.post(RESPONSES, json=turn(text, prompt_cache_key="k"))

    assert answer.status_code == 200
    assert len(product.simulator.requests("/codex/responses")) == 2


async def test_an_expired_token_is_renewed(client: httpx2.AsyncClient, product: Served) -> None:
    switches = product.simulator.state.backend_switches
    switches.mode, switches.times = "token_expired", 1

    assert (await client.post(RESPONSES, json=turn("hi"))).status_code == 200


@pytest.mark.parametrize("scenario", ["cut_chunk", "reset", "stall"])
async def test_an_answer_that_breaks_off_is_seen_to_break_off(
    client: httpx2.AsyncClient, scenario: str
) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        await client.post(RESPONSES, json=turn(f"SCENARIO:{scenario} hi"))


async def test_a_caller_who_leaves_closes_the_upstream(
    client: httpx2.AsyncClient, product: Served
) -> None:
    text = "SCENARIO:text:n=2000:d=50 hi"
    async with client.stream("POST", RESPONSES, json=turn(text)) as answer:
        async for _ in answer.aiter_bytes():
            break

    await asyncio.wait_for(product.simulator.state.streams.idle.wait(), 10)
    assert product.simulator.state.streams.finished == 0


async def test_a_conversation_is_compacted(client: httpx2.AsyncClient) -> None:
    body = {name: turn("hi")[name] for name in ("model", "instructions", "input")}
    answer = await client.post(f"{RESPONSES}/compact", json=body)

    assert [item["type"] for item in answer.json()["output"]] == ["message", "compaction"]


async def test_models_and_usage(client: httpx2.AsyncClient) -> None:
    path = "/backend-api/codex/models?client_version=0.160.0"
    models = await client.get(path)
    assert "gpt-5.5" in {model["slug"] for model in models.json()["models"]}

    again = await client.get(path, headers={"if-none-match": models.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    usage = await client.get("/backend-api/wham/usage")
    assert usage.json()["plan_type"] == "plus"
    assert "email" not in usage.json()


async def test_models_that_come_late_come(client: httpx2.AsyncClient, product: Served) -> None:
    product.simulator.state.backend_switches.models_delay = 0.3  # longer than the watch waits
    models = await client.get("/backend-api/codex/models?client_version=0.160.0")

    assert models.status_code == 200
    assert models.json()["models"]


async def test_codex_is_told_to_send_its_turns_here(
    client: httpx2.AsyncClient, product: Served
) -> None:
    answer = await client.get(
        "/backend-api/wham/accounts/check", headers={"chatgpt-account-id": "its-own"}
    )

    assert answer.json() == {
        "accounts": [
            {
                "id": "its-own",
                "workspace_backend_origin": product.url,
                "account_routing_override": "NO_CONSTRAINT",
            }
        ],
        "default_account_id": "its-own",
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/backend-api/codex/models", 401),
        ("POST", RESPONSES, 401),
        ("GET", RESPONSES, 405),
        ("GET", "/backend-api/wham/settings/user", 404),
    ],
)
async def test_the_door_is_the_same(product: Served, method: str, path: str, status: int) -> None:
    async with httpx2.AsyncClient(base_url=product.url) as stranger:
        headers = {} if status == 401 else product.bearer
        answer = await stranger.request(method, path, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
