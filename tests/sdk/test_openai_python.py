"""The official Python SDK against the product: what a user's program does and sees."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest
import pytest_asyncio
from openai import AsyncOpenAI
from pydantic import BaseModel

from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


PATIENCE = {"backend.idleTimeout": 700, "backend.timeout": 700}


class Person(BaseModel):
    """What ``parse`` is asked for."""

    name: str
    age: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home"), **PATIENCE) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(product: Served) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=product.v1, api_key=product.key, max_retries=0) as sdk:
        yield sdk


def says(text: str) -> Any:
    return [{"role": "user", "content": text}]


async def chat(client: AsyncOpenAI, text: str, **how: Any) -> Any:
    return await client.chat.completions.create(model="gpt-5.5", messages=says(text), **how)


async def test_a_whole_chat_answer(client: AsyncOpenAI) -> None:
    answer = await chat(client, "hello there")
    assert "simulated" in answer.choices[0].message.content
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.model == "gpt-5.5"


async def test_a_streamed_chat_answer_says_the_same(client: AsyncOpenAI) -> None:
    whole = await chat(client, "hello there")
    options: Any = {"include_usage": True}
    chunks = [
        c async for c in await chat(client, "hello there", stream=True, stream_options=options)
    ]
    *talking, last = chunks
    said = "".join(c.choices[0].delta.content or "" for c in talking)
    assert said == whole.choices[0].message.content
    assert talking[0].choices[0].delta.role == "assistant"
    assert talking[-1].choices[0].finish_reason == "stop"
    assert (last.choices, last.usage.completion_tokens) == ([], whole.usage.completion_tokens)
    assert {chunk.id for chunk in chunks} == {chunks[0].id}


async def test_a_tool_round_trip(client: AsyncOpenAI) -> None:
    asked = await chat(client, "SCENARIO:tool_call weather?", tools=[WEATHER])
    choice = asked.choices[0]
    assert choice.finish_reason == "tool_calls"
    (call,) = choice.message.tool_calls
    assert (call.function.name, "city" in json.loads(call.function.arguments)) == (
        "get_weather",
        True,
    )
    history = [
        *says("SCENARIO:tool_call weather?"),
        choice.message,
        {"role": "tool", "tool_call_id": call.id, "content": "hail in Paris"},
    ]
    answer = await client.chat.completions.create(
        model="gpt-5.5", messages=history, tools=[WEATHER]
    )
    assert "hail in Paris" in answer.choices[0].message.content


@pytest.mark.parametrize("scenario", ["parallel_tools", "interleaved_tools", "silent_tool"])
async def test_streamed_tool_calls_add_up_to_the_whole_ones(
    client: AsyncOpenAI, scenario: str
) -> None:
    text = f"SCENARIO:{scenario} go"
    whole = (await chat(client, text, tools=[WEATHER])).choices[0].message.tool_calls
    async with client.chat.completions.stream(
        model="gpt-5.5", messages=says(text), tools=[WEATHER]
    ) as stream:
        streamed = (await stream.get_final_completion()).choices[0].message.tool_calls
    arguments = [(call.function.name, call.function.arguments) for call in whole]
    assert [(call.function.name, call.function.arguments) for call in streamed or []] == arguments
    assert all(json.loads(text) for _, text in arguments)
    assert len({call.id for call in whole}) == len(whole) >= (1 if scenario == "silent_tool" else 2)


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "get_weather"}}]
)
async def test_a_forced_tool(client: AsyncOpenAI, choice: Any) -> None:
    answer = await chat(client, "hi", tools=[WEATHER], tool_choice=choice)
    assert answer.choices[0].message.tool_calls[0].function.name == "get_weather"


async def test_no_tool_when_none_is_wished(client: AsyncOpenAI) -> None:
    answer = await chat(client, "hi", tools=[WEATHER], tool_choice="none")
    assert answer.choices[0].message.tool_calls is None


async def test_a_custom_tool(client: AsyncOpenAI) -> None:
    tool = {"type": "custom", "custom": {"name": "run", "description": "Runs code"}}
    answer = await chat(client, "SCENARIO:custom_tool go", tools=[tool])
    (call,) = answer.choices[0].message.tool_calls
    assert (call.type, call.custom.name) == ("custom", "run")


async def test_parse_gives_the_callers_type(client: AsyncOpenAI) -> None:
    answer = await client.chat.completions.parse(
        model="gpt-5.5", messages=says("who"), response_format=Person
    )
    assert isinstance(answer.choices[0].message.parsed, Person)
    reply = await client.responses.parse(model="gpt-5.5", input="who", text_format=Person)
    assert isinstance(reply.output_parsed, Person)


async def test_json_mode(client: AsyncOpenAI) -> None:
    answer = await chat(client, "give JSON", response_format={"type": "json_object"})
    assert isinstance(json.loads(answer.choices[0].message.content), dict)


async def test_vision(client: AsyncOpenAI, product: Served) -> None:
    parts: Any = [
        {"type": "text", "text": "what is it"},
        {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
    ]
    await client.chat.completions.create(
        model="gpt-5.5", messages=[{"role": "user", "content": parts}]
    )
    sent = product.simulator.requests("/codex/responses", "POST")[-1].json
    assert {"type": "input_image", "image_url": PIXEL, "detail": "low"} in sent["input"][-1][
        "content"
    ]


async def test_reasoning_refusals_and_citations(client: AsyncOpenAI) -> None:
    thought = (
        (await chat(client, "SCENARIO:reasoning hm", reasoning_effort="high")).choices[0].message
    )
    assert thought.reasoning_content
    assert thought.content
    refused = (await chat(client, "SCENARIO:refusal no")).choices[0].message
    assert (bool(refused.refusal), refused.content) == (True, None)
    cited = (
        (await chat(client, "SCENARIO:web_search news", web_search_options={})).choices[0].message
    )
    assert cited.annotations[0].url_citation.url.startswith("http")


async def test_an_early_end_says_why(client: AsyncOpenAI) -> None:
    answer = await chat(client, "SCENARIO:incomplete go")
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content


async def test_a_whole_response(client: AsyncOpenAI) -> None:
    reply = await client.responses.create(model="gpt-5.5", input="hello", instructions="Be brief.")
    assert reply.status == "completed"
    assert "simulated" in reply.output_text
    assert reply.instructions == "Be brief."


async def test_a_streamed_response_accumulates(client: AsyncOpenAI) -> None:
    async with client.responses.stream(model="gpt-5.5", input="SCENARIO:reasoning hello") as stream:
        kinds = [event.type async for event in stream]
        final = await stream.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert [item.type for item in final.output] == ["reasoning", "message"]
    assert all(kind.startswith("response.") for kind in kinds)


async def test_a_tool_loop_over_responses_with_encrypted_reasoning(client: AsyncOpenAI) -> None:
    tool: Any = {"type": "function", "strict": True} | WEATHER["function"]
    history: Any = [{"role": "user", "content": "SCENARIO:reasoning_tool weather?"}]
    include: Any = ["reasoning.encrypted_content"]
    first = await client.responses.create(
        model="gpt-5.5", input=history, tools=[tool], include=include, store=False
    )
    call = next(item for item in first.output if item.type == "function_call")
    history += [item.model_dump(exclude_none=True) for item in first.output]
    history += [{"type": "function_call_output", "call_id": call.call_id, "output": "mist"}]
    second = await client.responses.create(
        model="gpt-5.5", input=history, tools=[tool], include=include, store=False
    )
    assert "mist" in second.output_text


async def test_models(client: AsyncOpenAI) -> None:
    names = {model.id async for model in client.models.list()}
    assert "gpt-5.5" in names
    assert (await client.models.retrieve("gpt-5.5-high")).id == "gpt-5.5-high"
    with pytest.raises(openai.NotFoundError):
        await client.models.retrieve("gpt-unknown")


@pytest.mark.parametrize("model", ["gpt-5.6-terra", "gpt-5.6-sol-low", "gpt-6-astra"])
async def test_lite_models_serve_tools_too(client: AsyncOpenAI, model: str) -> None:
    answer = await client.chat.completions.create(
        model=model, messages=says("SCENARIO:tool_call weather?"), tools=[WEATHER]
    )
    assert answer.choices[0].message.tool_calls[0].function.name == "get_weather"  # type: ignore


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("usage_limit", openai.RateLimitError),
        ("rate_limited", openai.RateLimitError),
        ("overloaded", openai.InternalServerError),
        ("bad_gateway", openai.InternalServerError),
        ("usage_not_included", openai.PermissionDeniedError),
        ("too_large", openai.APIStatusError),
        ("failed_first:code=context_length_exceeded", openai.BadRequestError),
        ("hang", openai.InternalServerError),
    ],
)
async def test_failures_are_the_sdks_own_errors(
    tmp_path: Path, scenario: str, error: type[openai.APIStatusError]
) -> None:
    async with (
        served(tmp_path, **PATIENCE) as product,
        AsyncOpenAI(base_url=product.v1, api_key=product.key, max_retries=0) as client,
    ):
        for stream in (False, True):
            with pytest.raises(error) as caught:
                await chat(client, f"SCENARIO:{scenario} go", stream=stream)
            assert caught.value.code
            assert "html" not in caught.value.message.lower()


async def test_a_wrong_key_and_a_wrong_request(product: Served, client: AsyncOpenAI) -> None:
    async with AsyncOpenAI(base_url=product.v1, api_key="sk-wrong", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError):
            await chat(stranger, "hi")
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(model="gpt-5.5", messages=[])
    assert caught.value.param == "messages"


@pytest.mark.parametrize("scenario", ["cut", "cut_chunk", "reset", "failed", "error_flat", "stall"])
async def test_a_broken_stream_is_never_shown_as_finished(
    client: AsyncOpenAI, scenario: str
) -> None:
    text = f"SCENARIO:{scenario} go"
    with pytest.raises(openai.APIError):
        await endings_of_chat(client, text)
    with pytest.raises(openai.APIError):
        await endings_of_response(client, text)
    with pytest.raises(openai.APIStatusError):
        await chat(client, text)


async def endings_of_chat(client: AsyncOpenAI, text: str) -> None:
    async for chunk in await chat(client, text, stream=True):
        assert not [choice for choice in chunk.choices if choice.finish_reason]


async def endings_of_response(client: AsyncOpenAI, text: str) -> None:
    async with client.responses.stream(model="gpt-5.5", input=text) as stream:
        async for event in stream:
            assert event.type != "response.completed"


async def test_a_caller_who_leaves_stops_the_upstream(client: AsyncOpenAI, product: Served) -> None:
    stream = await chat(client, "SIM:n=1000:d=20 talk", stream=True)
    async for _ in stream:
        break
    await stream.close()
    (request,) = [
        r for r in product.simulator.requests("/codex/responses") if b"n=1000:d=20" in r.body
    ]
    for _ in range(100):
        if not product.simulator.state.streams.running:
            break
        await asyncio.sleep(0.01)
    assert product.simulator.state.streams.running == 0
    assert not request.completed


async def test_what_is_known_of_the_limits_is_told(client: AsyncOpenAI) -> None:
    told = await client.chat.completions.with_raw_response.create(
        model="gpt-5.5", messages=says("hi")
    )
    assert told.headers["x-ratelimit-reset-requests"].endswith("s")
    assert "x-ratelimit-remaining-requests" not in told.headers, "percentages are no counts"
