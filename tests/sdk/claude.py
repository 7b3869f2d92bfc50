"""What modules of tests with Anthropic's SDK share."""

import json
from typing import Any

import pytest
from anthropic import AsyncAnthropic
from anthropic.types import Message

from tests.served import Served

MODEL = "claude-test"


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
