"""Messages as tests read them: streamed, whole, and the stream added up as a client does it."""

from collections.abc import Iterable
from typing import Any

from codex2api.dialects.messages import MESSAGES
from codex2api.dialects.messages.schema import MessagesRequest
from codex2api.protocol import json
from codex2api.protocol.events import UpstreamEvent
from codex2api.protocol.fold import fold
from codex2api.protocol.sse import SseDecoder, encode
from tests.anthropic_types import check_event, check_message
from tests.dialects.messages.bodies import HEAD, parsed

THINKING = {"type": "enabled", "budget_tokens": 5000}


def written(events: Iterable[UpstreamEvent], request: MessagesRequest | None = None) -> bytes:
    """What a streaming caller is sent, one event of the backend at a time."""
    translator = MESSAGES.translator(request or parsed(), HEAD)
    frames = [frame for event in events for frame in translator.feed([event])]
    return encode([*frames, *translator.close()])


def streamed(events: Iterable[UpstreamEvent], request: MessagesRequest | None = None) -> list[Any]:
    """The events that a streaming caller reads, each as Anthropic's SDK knows it."""
    read = [json.decode(data) for data in SseDecoder().feed(written(events, request))]
    for event in read:
        check_event(event)
    return read


def whole(events: Iterable[UpstreamEvent], request: MessagesRequest | None = None) -> Any:
    """What a caller reads who does not stream, as Anthropic's SDK knows it."""
    reply = MESSAGES.reply(request or parsed(), HEAD, [fold(events)])
    told = json.decode(json.encode(reply))
    check_message(told)
    return told


def added_up(read: list[Any]) -> Any:
    """The message that a client makes of its events; fails where they are out of order."""
    first, *rest, delta, last = read
    assert first["type"] == "message_start"
    assert (delta["type"], last) == ("message_delta", {"type": "message_stop"})
    message = first["message"]
    content: list[Any] = message["content"]
    inputs: dict[int, str] = {}
    open_block = None
    for event in rest:
        match event:
            case {"type": "content_block_start", "index": index, "content_block": block}:
                assert (open_block, index) == (None, len(content))
                open_block = index
                content.append(block)
            case {"type": "content_block_delta", "index": index, "delta": more}:
                assert index == open_block
                _grow(content[index], more, inputs, index)
            case {"type": "content_block_stop", "index": index}:
                assert index == open_block
                open_block = None
            case _:
                raise AssertionError(event)
    assert open_block is None
    for index, text in inputs.items():
        content[index]["input"] = json.lenient_object(text)
    return message | delta["delta"] | {"usage": message["usage"] | delta["usage"]}


def _grow(block: Any, delta: Any, inputs: dict[int, str], index: int) -> None:
    match delta:
        case {"type": "text_delta", "text": text}:
            block["text"] += text
        case {"type": "thinking_delta", "thinking": text}:
            block["thinking"] += text
        case {"type": "signature_delta", "signature": signature}:
            block["signature"] = signature
        case {"type": "input_json_delta", "partial_json": text}:
            inputs[index] = inputs.get(index, "") + text
        case {"type": "citations_delta", "citation": citation}:
            block.setdefault("citations", []).append(citation)
        case _:
            raise AssertionError(delta)
