"""Streams as callers read them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.protocol import json
from codex2api.protocol.events import UpstreamEvent
from codex2api.protocol.fold import fold
from codex2api.protocol.sse import Frame, SseDecoder, encode
from tests.dialects.responses.requests import HEAD, request


def stream(events: Iterable[UpstreamEvent], **wishes: Any) -> list[dict[str, Any]]:
    """The payloads a caller reads."""
    translator = ResponsesTranslator(request(**wishes), HEAD)
    return sent(translator.feed(list(events)))


def sent(frames: Iterable[Frame]) -> list[dict[str, Any]]:
    """The payloads of frames; each has its number, and is named as its event is."""
    data = encode(frames)
    payloads = [json.decode(payload) for payload in SseDecoder().feed(data)]
    names = [line[7:].decode() for line in data.splitlines() if line.startswith(b"event: ")]
    assert names == [payload["type"] for payload in payloads]
    assert [payload["sequence_number"] for payload in payloads] == list(range(len(payloads)))
    return payloads


def kinds(payloads: list[dict[str, Any]]) -> list[str]:
    return [payload["type"].removeprefix("response.") for payload in payloads]


def whole(events: Iterable[UpstreamEvent], **wishes: Any) -> dict[str, Any]:
    reply = RESPONSES.reply(request(**wishes), HEAD, [fold(events)])
    plain: dict[str, Any] = msgspec.to_builtins(reply)
    return plain
