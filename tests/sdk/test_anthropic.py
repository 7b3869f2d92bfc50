"""Anthropic's official Python SDK against the product: what a user's program does and sees."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
import pytest_asyncio
from anthropic import AsyncAnthropic
from anthropic.types import Message
from pydantic import BaseModel

from tests.sdk.pictures import PNG
from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS: dict[str, Any] = {
    "backend.idleTimeout": 5000,
    "messages.models": {"claude-*": "gpt-5.5", "claude-fancy": "gpt-0"},
}
MODEL = "claude-test"
WEATHER: Any = {
    "name": "get_weather",
    "description": "Weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
THINKING: Any = {"type": "enabled", "budget_tokens": 2000}
SEARCH: Any = {"type": "web_search_20250305", "name": "web_search"}


@pytest_asyncio.fixture(loop_scope="module")
async def claude(product: Served) -> AsyncIterator[AsyncAnthropic]:
    product.simulator.state.reset()
    async with AsyncAnthropic(base_url=product.url, api_key=product.key, max_retries=0) as sdk:
        yield sdk


def says(content: Any) -> Any:
    return [{"role": "user", "content": content}]


async def whole(sdk: AsyncAnthropic, content: Any, **how: Any) -> Message:
    asked: Any = {"model": MODEL, "max_tokens": 1000, "messages": says(content)}
    return await sdk.messages.create(**asked | how)


async def streamed(sdk: AsyncAnthropic, content: Any, **how: Any) -> Message:
    asked: Any = {"model": MODEL, "max_tokens": 1000, "messages": says(content)}
    async with sdk.messages.stream(**asked | how) as stream:
        return await stream.get_final_message()


WAYS = pytest.mark.parametrize("ask", [whole, streamed])


def text_of(message: Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def heard(product: Served) -> list[dict[str, Any]]:
    """The bodies that the backend was sent, oldest first."""
    recorded = product.simulator.state.recorder.requests("/codex/responses", "POST")
    return [json.loads(request.body) for request in recorded]


@WAYS
async def test_a_plain_answer(claude: AsyncAnthropic, ask: Any) -> None:
    message = await ask(claude, "hello there", system="Be brief.")

    assert "hello there" in text_of(message)
    assert (message.type, message.role, message.model) == ("message", "assistant", MODEL)
    assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
    assert message.usage.output_tokens > 0


async def test_the_events_of_a_stream(claude: AsyncAnthropic) -> None:
    asked: Any = {"model": MODEL, "max_tokens": 1000, "messages": says("hello")}
    events = [event async for event in await claude.messages.create(**asked, stream=True)]

    kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert set(kinds[2:-3]) == {"content_block_delta"}
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]


@WAYS
async def test_the_cache_is_told(claude: AsyncAnthropic, ask: Any) -> None:
    first = await ask(claude, "hello", system="Be brief. " * 400)
    second = await ask(claude, "hello", system="Be brief. " * 400)

    assert first.usage.cache_read_input_tokens == 0
    cached = second.usage.cache_read_input_tokens
    assert cached
    assert second.usage.input_tokens + cached == first.usage.input_tokens


@WAYS
@pytest.mark.parametrize("scenario", ["tool_call", "silent_tool", "parallel_tools:calls=3"])
async def test_a_tool_round_trip(claude: AsyncAnthropic, ask: Any, scenario: str) -> None:
    question = f"SCENARIO:{scenario} weather?"
    message = await ask(claude, question, tools=[WEATHER])
    calls = [block for block in message.content if block.type == "tool_use"]
    assert message.stop_reason == "tool_use"
    assert len(calls) == (3 if "=3" in scenario else 1)
    assert all("city" in call.input for call in calls)

    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": f"hail {number}"}
        for number, call in enumerate(calls)
    ]
    history = [
        *says(question),
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": results},
    ]
    answer = await ask(claude, None, messages=history, tools=[WEATHER])
    assert f"hail {len(calls) - 1}" in text_of(answer)
    assert answer.stop_reason == "end_turn"


@WAYS
async def test_calls_that_take_turns(claude: AsyncAnthropic, ask: Any) -> None:
    message = await ask(claude, "SCENARIO:interleaved_tools:calls=3 go", tools=[WEATHER])

    inputs = [block.input for block in message.content if block.type == "tool_use"]
    assert inputs == [{"city": "simulated"}, {"city": "simulated 2"}, {"city": "simulated 3"}]


@WAYS
async def test_a_result_with_a_picture_and_a_failure(
    claude: AsyncAnthropic, product: Served, ask: Any
) -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "P"}}
    source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()}
    seen = [{"type": "text", "text": "See."}, {"type": "image", "source": source}]
    history = [
        *says("weather?"),
        {"role": "assistant", "content": [use, use | {"id": "toolu_2"}]},
        *says(
            [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": seen},
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_2",
                    "content": "no network",
                    "is_error": True,
                },
            ]
        ),
    ]
    await ask(claude, None, messages=history, tools=[WEATHER])

    outputs = [item["output"] for item in heard(product)[-1]["input"] if "output" in item]
    assert [part["type"] for part in outputs[0]] == ["input_text", "input_image"]
    assert outputs[1] == "Error: no network"


@WAYS
async def test_thinking_survives_a_tool_loop(
    claude: AsyncAnthropic, product: Served, ask: Any
) -> None:
    question = "SCENARIO:reasoning_tool weather?"
    message = await ask(claude, question, tools=[WEATHER], thinking=THINKING)
    thought, call = message.content
    assert (thought.type, call.type) == ("thinking", "tool_use")
    assert "Simulated thought" in thought.thinking
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "hail"}
    history = [
        *says(question),
        {"role": "assistant", "content": message.content},
        *says([result]),
    ]
    answer = await ask(claude, None, messages=history, tools=[WEATHER], thinking=THINKING)

    assert "hail" in text_of(answer)
    thoughts = [item for item in heard(product)[-1]["input"] if item.get("type") == "reasoning"]
    assert [item["encrypted_content"] for item in thoughts] == [
        thought.signature.removeprefix("codex2api-1-")
    ], "sent back, and not remembered besides"


@WAYS
async def test_thinking_that_nobody_sees_survives_too(
    claude: AsyncAnthropic, product: Served, ask: Any
) -> None:
    question = "SCENARIO:reasoning_tool weather?"
    message = await ask(claude, question, tools=[WEATHER])
    [call] = message.content
    result = {"type": "tool_result", "tool_use_id": call.id, "content": "hail"}
    history = [
        *says(question),
        {"role": "assistant", "content": message.content},
        *says([result]),
    ]
    await ask(claude, None, messages=history, tools=[WEATHER])

    assert "reasoning" in [item.get("type") for item in heard(product)[-1]["input"]]


@WAYS
async def test_web_search(claude: AsyncAnthropic, ask: Any) -> None:
    message = await ask(claude, "SCENARIO:web_search news?", tools=[SEARCH])
    searched, found, text = message.content

    assert (searched.type, found.type) == ("server_tool_use", "web_search_tool_result")
    assert found.tool_use_id == searched.id
    assert text.citations[0].url == "https://example.invalid/simulated"
    assert message.usage.server_tool_use.web_search_requests == 1
    again = [*says("news?"), {"role": "assistant", "content": message.content}, *says("And?")]
    assert text_of(await ask(claude, None, messages=again, tools=[SEARCH]))


@WAYS
@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ({"type": "any", "disable_parallel_tool_use": True}, "required"),
        ({"type": "tool", "name": "get_weather"}, {"type": "function", "name": "get_weather"}),
        ({"type": "none"}, "none"),
    ],
)
async def test_tool_choices(
    claude: AsyncAnthropic, product: Served, ask: Any, choice: Any, sent: Any
) -> None:
    message = await ask(claude, "weather?", tools=[WEATHER], tool_choice=choice)

    assert heard(product)[-1]["tool_choice"] == sent
    assert message.stop_reason == ("end_turn" if sent == "none" else "tool_use")


@WAYS
async def test_images_and_documents(claude: AsyncAnthropic, product: Served, ask: Any) -> None:
    picture = base64.b64encode(PNG).decode()
    pdf = base64.b64encode(b"%PDF-1.4\n").decode()
    blocks = [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": picture},
        },
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": pdf},
        },
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "words"},
            "cache_control": {"type": "ephemeral"},
        },
        {"type": "text", "text": "What is it?"},
    ]
    assert "What is it?" in text_of(await ask(claude, blocks))

    asked = [item for item in heard(product)[-1]["input"] if item.get("role") == "user"][-1]
    assert [part["type"] for part in asked["content"]] == [
        "input_image",
        "input_image",
        "input_file",
        "input_text",
        "input_text",
    ]


@WAYS
async def test_a_stop_sequence(claude: AsyncAnthropic, ask: Any) -> None:
    message = await ask(claude, "hello", stop_sequences=["answer", "nothing"])

    assert text_of(message) == "This is a simulated "
    assert (message.stop_reason, message.stop_sequence) == ("stop_sequence", "answer")


@WAYS
async def test_a_limit(claude: AsyncAnthropic, ask: Any) -> None:
    message = await ask(claude, "SCENARIO:text:n=50 hello", max_tokens=5)

    assert message.stop_reason == "max_tokens"
    assert message.usage.output_tokens == 5


@WAYS
async def test_other_stop_reasons(claude: AsyncAnthropic, ask: Any) -> None:
    assert (await ask(claude, "SCENARIO:refusal no")).stop_reason == "refusal"
    assert (await ask(claude, "SCENARIO:text:end_turn=0 go")).stop_reason == "pause_turn"
    cut = "SCENARIO:incomplete:reason=content_filter go"
    assert (await ask(claude, cut)).stop_reason == "refusal"


class City(BaseModel):
    """What ``parse`` is asked for."""

    city: str


async def test_structured_output(claude: AsyncAnthropic, product: Served) -> None:
    asked: Any = {"model": MODEL, "max_tokens": 1000, "messages": says("where?")}
    parsed = await claude.messages.parse(**asked, output_format=City)

    assert isinstance(parsed.parsed_output, City)
    assert heard(product)[-1]["text"]["format"]["type"] == "json_schema"


async def test_the_headers_of_an_answer(claude: AsyncAnthropic) -> None:
    asked: Any = {"model": MODEL, "max_tokens": 9, "messages": says("hi")}
    extra = {"temperature": 0.5, "top_k": 3}
    answer = await claude.messages.with_raw_response.create(**asked, extra_body=extra)

    assert answer.headers["request-id"] == answer.headers["x-request-id"]
    assert answer.headers["x-codex2api-adjusted"] == f"model:{MODEL}->gpt-5.5"
    assert answer.headers["x-codex2api-dropped"] == "temperature, top_k"
    assert answer.headers["x-codex2api-emulated"] == "max_tokens"
    assert (await answer.parse())._request_id == answer.headers["request-id"]


async def test_a_bearer_will_do(product: Served) -> None:
    async with AsyncAnthropic(base_url=product.url, auth_token=product.key) as sdk:
        assert text_of(await whole(sdk, "hello"))


async def test_a_name_of_ours_passes(claude: AsyncAnthropic, product: Served) -> None:
    message = await whole(claude, "hello", model="gpt-5.5-high")

    assert message.model == "gpt-5.5-high"
    assert heard(product)[-1]["reasoning"]["effort"] == "high"


async def test_counting(claude: AsyncAnthropic) -> None:
    async def count(**how: Any) -> int:
        counted = await claude.messages.count_tokens(model=MODEL, **how)
        return counted.input_tokens

    little = await count(messages=says("hello"))
    assert 1 < little < await count(messages=says("hello"), system="Be brief.")
    assert little < await count(messages=says("hello"), tools=[WEATHER])
    answer = await claude.messages.with_raw_response.count_tokens(
        model=MODEL, messages=says("hi"), extra_body={"context_management": {"edits": [{}]}}
    )
    assert answer.headers["x-codex2api-dropped"] == "context_management"
    assert answer.headers["x-codex2api-adjusted"] == f"model:{MODEL}->gpt-5.5"
    assert answer.headers["x-codex2api-tokenizer"] in ("estimate", "o200k_base")


async def test_models(claude: AsyncAnthropic) -> None:
    page = await claude.models.list(limit=2)
    assert (len(page.data), page.has_more) == (2, True)
    everything = [model.id async for model in claude.models.list(limit=2)]
    assert everything[:2] == [model.id for model in page.data]
    assert "gpt-5.5" in everything
    model = await claude.models.retrieve("claude-anything")
    assert (model.id, model.type, model.max_input_tokens) == ("claude-anything", "model", 272000)
    with pytest.raises(anthropic.NotFoundError):
        await claude.models.retrieve("gpt-0")
    with pytest.raises(anthropic.BadRequestError):
        await claude.models.list(limit=0)


async def test_openais_clients_still_get_openais_list(product: Served) -> None:
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client:
        listed = (await client.get("/v1/models?limit=many")).json()

    assert listed["object"] == "list"


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
