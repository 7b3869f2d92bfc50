"""Failures, silences and departures, as Anthropic's official Python SDK sees them."""

import asyncio
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import AsyncAnthropic

from tests.sdk.claude import MODEL, WAYS, says, streamed, text_of, whole
from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS: dict[str, Any] = {
    "backend.idleTimeout": 5000,
    "messages.models": {"claude-*": "gpt-5.5", "claude-fancy": "gpt-0"},
}

ERRORS = [
    ("SCENARIO:overloaded x", {}, anthropic.OverloadedError, "overloaded_error"),
    ("SCENARIO:unavailable x", {}, anthropic.InternalServerError, "api_error"),
    ("SCENARIO:policy x", {}, anthropic.BadRequestError, "invalid_request_error"),
    ("SCENARIO:failed_first:code=context_length_exceeded x", {}, anthropic.BadRequestError, None),
    ("x", {"model": "gpt-0"}, anthropic.NotFoundError, "not_found_error"),
    ("x", {"model": "claude-fancy"}, None, None),
    ("x", {"max_tokens": -1}, anthropic.BadRequestError, "invalid_request_error"),
    ("x", {"messages": []}, anthropic.BadRequestError, "invalid_request_error"),
]


@WAYS
async def test_a_limit_of_the_plan(tmp_path: Path, ask: Any) -> None:
    async with (
        served(tmp_path) as limited,
        AsyncAnthropic(base_url=limited.url, api_key=limited.key) as sdk,
    ):
        with pytest.raises(anthropic.RateLimitError) as caught:
            await ask(sdk, "SCENARIO:usage_limit x")

    assert (caught.value.type, caught.value.error_code) == (
        "rate_limit_error",
        "usage_limit_reached",
    )


@WAYS
@pytest.mark.parametrize(("text", "how", "kind", "of"), ERRORS)
async def test_errors(
    claude: AsyncAnthropic, ask: Any, text: str, how: Any, kind: Any, of: Any
) -> None:
    if kind is None:  # the first pattern that fits decides, so this name is good
        assert text_of(await ask(claude, text, **how))
        return
    with pytest.raises(anthropic.APIStatusError) as caught:
        await ask(claude, text, **how)

    error = caught.value
    assert isinstance(error, kind)
    assert error.type == (of or "invalid_request_error")
    assert error.request_id == error.body["request_id"]
    if of is None:
        assert error.api_message.startswith("prompt is too long: ")


async def test_strict_mode(claude: AsyncAnthropic) -> None:
    strict = {"x-codex2api-strict": "1"}
    with pytest.raises(anthropic.BadRequestError) as caught:
        await whole(claude, "x", extra_headers=strict, extra_body={"top_k": 1})

    assert caught.value.error_code == "unsupported_parameter"
    assert caught.value.body["error"]["details"]["param"] == "top_k"


@pytest.mark.parametrize("scenario", ["cut", "reset", "failed", "error_flat", "stall"])
async def test_broken_streams(claude: AsyncAnthropic, scenario: str) -> None:
    said: list[str] = []

    async def listen() -> None:
        asked: Any = {"model": MODEL, "max_tokens": 1000, "messages": says(f"SCENARIO:{scenario}")}
        async with claude.messages.stream(**asked) as stream:
            said.extend([text async for text in stream.text_stream])

    with pytest.raises(anthropic.APIStatusError) as caught:
        await listen()

    assert caught.value.type in ("api_error", "timeout_error")


async def test_a_silent_stream_pings(tmp_path: Path) -> None:
    slow = "SCENARIO:text:first=400 hello"
    body = {"model": MODEL, "max_tokens": 9, "messages": says(slow), "stream": True}
    async with (
        served(tmp_path, **{"codex.keepaliveSeconds": 0.05}) as product,
        httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client,
        AsyncAnthropic(base_url=product.url, api_key=product.key) as sdk,
    ):
        answer = await client.post("/v1/messages", json=body, timeout=60)
        heard_by_sdk = text_of(await streamed(sdk, slow))

    assert answer.text.startswith('event: ping\ndata: {"type":"ping"}\n\n')
    assert "event: message_start" in answer.text
    assert ": keepalive" not in answer.text
    assert "hello" in heard_by_sdk


@pytest.mark.parametrize("stream", [True, False])
async def test_who_leaves_leaves_nothing_running(
    claude: AsyncAnthropic, product: Served, stream: bool
) -> None:
    asked: Any = {"model": MODEL, "max_tokens": 10**9, "messages": says("SCENARIO:endless go")}
    if stream:
        async with claude.messages.stream(**asked) as events:
            async for _ in events.text_stream:
                break
    else:
        with pytest.raises(anthropic.APITimeoutError):
            await claude.messages.create(**asked, timeout=1)
    await asyncio.wait_for(product.simulator.state.streams.idle.wait(), 30)


DOOR = [
    ("POST", "/v1/messages", {"authorization": "Bearer sk-wrong"}, 401, "authentication_error"),
    ("POST", "/v1/messages/count_tokens", {"authorization": ""}, 401, "authentication_error"),
    ("GET", "/v1/messages", {}, 405, "invalid_request_error"),
    ("GET", "/v1/messages/count_tokens", {}, 405, "invalid_request_error"),
    ("POST", "/v1/messages", {"content-type": "text/plain"}, 415, "invalid_request_error"),
    ("POST", "/v1/messages/count_tokens", {"host": "evil.example"}, 421, "invalid_request_error"),
    ("POST", "/v1/messages/batches", {}, 501, "api_error"),
    ("POST", "/v1/messages/odd", {}, 404, "not_found_error"),
    ("GET", "/v1/oddity", {"anthropic-version": "2023-06-01"}, 404, "not_found_error"),
    ("GET", "/v1/models/gpt-0", {"anthropic-version": "2023-06-01"}, 404, "not_found_error"),
    ("POST", "/v1/messages", {}, 400, "invalid_request_error"),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "kind"), DOOR)
async def test_what_the_door_answers(
    product: Served, method: str, path: str, headers: dict[str, str], status: int, kind: str
) -> None:
    usual = product.bearer | {"content-type": "application/json"}
    async with httpx2.AsyncClient(base_url=product.url) as client:
        answer = await client.request(method, path, headers=usual | headers, content=b"{}")

    body = answer.json()
    assert (answer.status_code, body["type"], body["error"]["type"]) == (status, "error", kind)
    assert body["request_id"] == answer.headers["request-id"]


async def test_a_body_that_is_too_large(claude: AsyncAnthropic) -> None:
    with pytest.raises(anthropic.ContentTooLargeError) as caught:
        await whole(claude, "x" * 33_600_000)

    assert caught.value.type == "request_too_large"


async def test_openais_routes_stay_openais(product: Served) -> None:
    marked = product.bearer | {"anthropic-version": "2023-06-01"}
    async with httpx2.AsyncClient(base_url=product.url, headers=marked) as client:
        answer = await client.post("/v1/chat/completions", json={})

    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert "request-id" not in answer.headers
