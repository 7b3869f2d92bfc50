"""Completions as tests ask for them and read them: streamed, whole, and the stream added up."""

from collections.abc import Sequence
from typing import Any

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.completions import COMPLETIONS
from codex2api.dialects.completions.schema import CompletionRequest
from codex2api.protocol import json
from codex2api.protocol.events import UpstreamEvent
from codex2api.protocol.fold import fold
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.sse import SseDecoder, encode

HEAD = ReplyHead(id="0123456789abcdef", created=1_790_000_000, model="gpt-5.5")
DONE = b"[DONE]"

Answers = Sequence[Sequence[UpstreamEvent]]
"""The events of each choice."""


def parsed(**fields: Any) -> CompletionRequest:
    body = {"model": "gpt-5.5", "prompt": "Once"} | fields
    return COMPLETIONS.parse(json.encode(body)).request


def upstream(**fields: Any) -> Sequence[ResponsesRequest]:
    return COMPLETIONS.to_upstream(parsed(**fields))


def payloads(answers: Answers, request: CompletionRequest) -> list[bytes]:
    """What a streaming caller reads; the choices take turns, event by event."""
    translator = COMPLETIONS.translator(request, HEAD)
    frames = []
    for at in range(max(len(events) for events in answers)):
        for choice, events in enumerate(answers):
            frames += translator.feed(list(events[at : at + 1]), choice) if events[at:] else []
    return SseDecoder().feed(encode([*frames, *translator.close()]))


def chunks(answers: Answers, request: CompletionRequest) -> list[Any]:
    """The chunks before the ``[DONE]`` that must be there."""
    *data, last = payloads(answers, request)
    assert last == DONE
    return [json.decode(payload) for payload in data]


def whole(answers: Answers, request: CompletionRequest) -> Any:
    """What a caller reads who does not stream."""
    reply = COMPLETIONS.reply(request, HEAD, [fold(events) for events in answers])
    return json.decode(json.encode(reply))


def added_up(streamed: list[Any]) -> Any:
    """The whole reply that a client makes of its chunks."""
    reply: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for chunk in streamed:
        reply |= {name: value for name, value in chunk.items() if value is not None}
        for choice in chunk["choices"]:
            before = choices.get(choice["index"], {"text": "", "finish_reason": None})
            assert before["finish_reason"] is None
            choices[choice["index"]] = choice | {"text": before["text"] + choice["text"]}
    return reply | {"choices": [choices[index] for index in sorted(choices)]}
