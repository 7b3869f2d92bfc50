"""Messages request bodies as tests write them."""

from typing import Any

import pytest

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.messages import MESSAGES
from codex2api.dialects.messages.schema import MessagesRequest
from codex2api.errors import ApiError, Kind
from codex2api.protocol import json
from codex2api.protocol.request import ResponsesRequest

HEAD = ReplyHead(id="0123456789abcdef", created=1_790_000_000, model="gpt-5.5")

ADD: dict[str, Any] = {
    "name": "add",
    "description": "Adds.",
    "input_schema": {
        "type": "object",
        "properties": {"a": {"type": "number"}},
        "required": ["a"],
        "additionalProperties": False,
    },
}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def user(content: Any = "hi") -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def use(name: str = "toolu_1", **given: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": name, "name": "add", "input": given}


def result(content: Any = "3", name: str = "toolu_1", **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": name, "content": content} | more


def parsed(**fields: Any) -> MessagesRequest:
    body = {"model": "gpt-5.5", "max_tokens": 1000, "messages": [user()]} | fields
    return MESSAGES.parse(json.encode(body)).request


def upstream(**fields: Any) -> ResponsesRequest:
    [wish] = MESSAGES.to_upstream(parsed(**fields))
    return wish


def items_of(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    return upstream(messages=list(messages)).input


def refused(*messages: dict[str, Any], **fields: Any) -> tuple[Kind, str | None]:
    with pytest.raises(ApiError) as caught:
        upstream(**({"messages": list(messages)} if messages else {}) | fields)
    return caught.value.kind, caught.value.param
