"""Chat request bodies as tests write them."""

from typing import Any

from msgspec.structs import replace

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.chat import CHAT
from codex2api.dialects.chat.schema import ChatRequest
from codex2api.dialects.reasoning import ReasoningStyle
from codex2api.protocol import json
from codex2api.protocol.request import ResponsesRequest

HEAD = ReplyHead(id="0123456789abcdef", created=1_790_000_000, model="gpt-5.5")


def styled(style: ReasoningStyle) -> ReplyHead:
    return replace(HEAD, reasoning=style)


ADD: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds.",
        "parameters": {"type": "object", "properties": {"a": {"type": "number"}}},
    },
}


def user(content: Any = "hi") -> dict[str, Any]:
    return {"role": "user", "content": content}


def parsed(**fields: Any) -> ChatRequest:
    return CHAT.parse(json.encode({"model": "gpt-5.5", "messages": [user()]} | fields)).request


def upstream(**fields: Any) -> ResponsesRequest:
    return CHAT.to_upstream(parsed(**fields))[0]


def items_of(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    return upstream(messages=list(messages)).input
