"""Encrypted reasoning: it outlives a tool loop, and an account that cannot read it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from tests.served import Served, served

WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
FOREIGN = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "of another"}


@pytest_asyncio.fixture
async def product(tmp_path: Path) -> AsyncIterator[Served]:
    async with served(tmp_path) as running:
        yield running


@pytest_asyncio.fixture
async def client(product: Served) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=product.v1, api_key=product.key, max_retries=0) as sdk:
        yield sdk


def sent(product: Served) -> list[list[dict[str, Any]]]:
    """The input of every call to the backend so far."""
    asked = product.simulator.requests("/codex/responses")
    return [json.loads(request.body)["input"] for request in asked]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_loop_does_not_think_again(
    client: AsyncOpenAI, product: Served, stream: bool
) -> None:
    asks: list[Any] = [{"role": "user", "content": "SCENARIO:reasoning_tool weather?"}]
    how: Any = {"model": "gpt-5.5", "tools": [WEATHER]}
    if stream:
        async with client.chat.completions.stream(messages=asks, **how) as events:
            first = (await events.get_final_completion()).choices[0].message
    else:
        first = (await client.chat.completions.create(messages=asks, **how)).choices[0].message
    (call,) = first.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    shown = {
        "role": "assistant",
        "tool_calls": [call.model_dump(include={"id", "type", "function"})],
    }

    second = await client.chat.completions.create(messages=[*asks, shown, result], **how)

    assert second.choices[0].finish_reason == "stop"
    kinds = [item["type"] for item in sent(product)[-1]]
    assert kinds == ["message", "reasoning", "function_call", "function_call_output"]
    assert sent(product)[-1][1]["encrypted_content"]


@pytest.mark.parametrize("stream", [False, True])
async def test_reasoning_of_another_account_is_left_out(
    client: AsyncOpenAI, product: Served, stream: bool
) -> None:
    asked: Any = [FOREIGN, {"role": "user", "content": "hi"}]
    answer = await client.responses.with_raw_response.create(
        model="gpt-5.5", input=asked, stream=stream
    )

    assert answer.headers["x-codex2api-adjusted"] == "input.reasoning:foreign->none"
    assert [len(items) for items in sent(product)] == [2, 1]
