"""Streams as callers read them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from codex2api.dialects.responses import RESPONSES
from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.protocol.events import UpstreamEvent
from codex2api.protocol.fold import fold
from tests.dialects.responses.requests import HEAD, request


def stream(events: Iterable[UpstreamEvent], **wishes: Any) -> list[dict[str, Any]]:
    """The payloads a caller reads."""
    translator = ResponsesTranslator(request(**wishes), HEAD)
    frames = translator.feed(list(events))
    payloads = [msgspec.to_builtins(frame.data) for frame in frames]
    assert [frame.event for frame in frames] == [payload["type"] for payload in payloads]
    assert [payload["sequence_number"] for payload in payloads] == list(range(len(payloads)))
    return payloads


def kinds(payloads: list[dict[str, Any]]) -> list[str]:
    return [payload["type"].removeprefix("response.") for payload in payloads]


def whole(events: Iterable[UpstreamEvent], **wishes: Any) -> dict[str, Any]:
    reply = RESPONSES.reply(request(**wishes), HEAD, [fold(events)])
    plain: dict[str, Any] = msgspec.to_builtins(reply)
    return plain
