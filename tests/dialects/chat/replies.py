"""Chat answers as tests read them: streamed, whole, and the stream added up."""

from collections.abc import Iterable
from typing import Any

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.chat import CHAT
from codex2api.dialects.chat.schema import ChatRequest
from codex2api.protocol import json
from codex2api.protocol.events import UpstreamEvent
from codex2api.protocol.fold import fold
from codex2api.protocol.sse import SseDecoder, encode
from tests.dialects.chat.bodies import HEAD, parsed

DONE = b"[DONE]"


def payloads(
    events: Iterable[UpstreamEvent], request: ChatRequest | None = None, head: ReplyHead = HEAD
) -> list[bytes]:
    """What a streaming caller reads."""
    translator = CHAT.translator(request or parsed(), head)
    frames = [*translator.feed(list(events)), *translator.close()]
    return SseDecoder().feed(encode(frames))


def chunks(
    events: Iterable[UpstreamEvent], request: ChatRequest | None = None, head: ReplyHead = HEAD
) -> list[Any]:
    """The chunks before the ``[DONE]`` that must be there."""
    *data, last = payloads(events, request, head)
    assert last == DONE
    return [json.decode(payload) for payload in data]


def deltas(events: Iterable[UpstreamEvent]) -> list[Any]:
    return [chunk["choices"][0]["delta"] for chunk in chunks(events) if chunk["choices"]]


def whole(
    events: Iterable[UpstreamEvent], request: ChatRequest | None = None, head: ReplyHead = HEAD
) -> Any:
    """What a caller reads who does not stream."""
    answer = CHAT.reply(request or parsed(), head, [fold(events)])
    return json.decode(json.encode(answer))


def added_up(streamed: list[Any]) -> Any:
    """The whole reply that a client makes of its chunks."""
    message: dict[str, Any] = {}
    completion: dict[str, Any] = {"object": "chat.completion", "choices": []}
    for chunk in streamed:
        for field in ("id", "created", "model", "usage", "service_tier"):
            if chunk.get(field) is not None:
                completion[field] = chunk[field]
        for choice in chunk["choices"]:
            _add(message, choice["delta"])
            completion["choices"] = [choice]
    [last] = completion["choices"]
    calls = message.pop("tool_calls", {})
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    message.setdefault("annotations", [])
    choice = {"index": 0, "message": message, "logprobs": None}
    completion["choices"] = [choice | {"finish_reason": last["finish_reason"]}]
    return completion


def _add(message: dict[str, Any], delta: dict[str, Any]) -> None:
    for field, value in delta.items():
        match field, value:
            case "tool_calls", _:
                calls = message.setdefault("tool_calls", {})
                for call in value:
                    fields = {key: part for key, part in call.items() if key != "index"}
                    _merge(calls.setdefault(call["index"], {}), fields)
            case "reasoning", {"content": [{"text": str(text)}]}:
                thoughts = message.setdefault(field, {"content": [{"type": "text", "text": ""}]})
                thoughts["content"][0]["text"] += text
            case _, dict():
                _merge(message.setdefault(field, {}), value)
            case _, str() if field != "role":
                message[field] = (message.get(field) or "") + value
            case _:
                message[field] = value


def _merge(whole_call: dict[str, Any], piece: dict[str, Any]) -> None:
    for field, value in piece.items():
        if isinstance(value, dict):
            _merge(whole_call.setdefault(field, {}), value)
        elif field in ("arguments", "input"):
            whole_call[field] = whole_call.get(field, "") + value
        else:
            assert field not in whole_call, f"{field} is told twice"
            whole_call[field] = value
