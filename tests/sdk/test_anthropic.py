"""Anthropic's official Python SDK against the product: what a user's program does and sees."""

import base64
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import AsyncAnthropic
from pydantic import BaseModel

from tests.sdk.claude import MODEL, WAYS, heard, says, text_of, whole
from tests.sdk.pictures import PNG
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS: dict[str, Any] = {
    "backend.idleTimeout": 5000,
    "messages.models": {"claude-*": "gpt-5.5"},
}
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
