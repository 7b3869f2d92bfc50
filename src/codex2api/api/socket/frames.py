"""The frames of the Responses WebSocket mode: what callers send, and what they are sent."""

from dataclasses import dataclass
from typing import Any

import msgspec

from codex2api.api.errors import error_headers
from codex2api.api.socket.turns import Fields
from codex2api.api.streaming import RawHeaders
from codex2api.dialects.openai_error import openai_error
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import MAX_DEPTH_ERROR, decode, encode

TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})

_LIFECYCLE = frozenset({"response.created", "response.queued", "response.in_progress"}) | TERMINAL

_TOLD = (b"x-codex2api-", b"x-ratelimit-", b"x-request-id", b"openai-")
"""Headers of a streamed answer that have something to tell; the rest is about HTTP."""

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


class EndedResponse(msgspec.Struct):
    """What has to be known of a response to go on from it."""

    id: str
    store: bool = False
    output: tuple[msgspec.Raw, ...] = ()


class _Event(msgspec.Struct):
    type: str
    response: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_event = msgspec.json.Decoder(_Event)
_ended = msgspec.json.Decoder(EndedResponse)


@dataclass(frozen=True, slots=True)
class Create:
    """A ``response.create``.

    Attributes:
        fields: The body, as it would be sent with POST.
        generate: Whether an answer is wanted; otherwise its input is only taken down.
    """

    fields: Fields
    generate: bool


def read_create(text: str | None) -> Create:
    """A caller's frame.

    Raises:
        ApiError: It is not text, no JSON object, or nothing that this connection understands.
    """
    if text is None:
        raise _bad("Send text frames; binary ones are not understood.")
    try:
        fields = _fields.decode(text)
    except RecursionError:
        raise _bad(MAX_DEPTH_ERROR) from None
    except msgspec.MsgspecError as error:
        raise _bad(f"The frame is not a JSON object: {error}") from None
    kind = decode(fields.pop("type", b"null"))
    if kind != "response.create":
        raise _bad(f"Unknown event type '{str(kind)[:100]}': send response.create.", "type")
    generate = decode(fields.pop("generate", b"null"))
    if not (generate is None or isinstance(generate, bool)):
        raise _bad("Invalid value for 'generate': Expected a boolean.", "generate")
    if "stream_id" in fields:
        raise _bad("Unsupported parameter: 'stream_id'.", "stream_id", "unsupported_parameter")
    fields["stream"] = msgspec.Raw(b"true")
    return Create(fields, generate is not False)


def error_frame(error: ApiError) -> str:
    """A failure as the API frames it; the ``status`` tells clients that nothing was begun."""
    headers = {name.decode(): value.decode() for name, value in error_headers(error)}
    frame = {
        "type": "error",
        "status": int(error.status),
        "error": openai_error(error).error,
        "headers": headers,
    }
    return encode(frame).decode()


class EventFrames:
    """One answer's events on their way from its stream into frames.

    Args:
        previous: The id that the caller went on from, where the endpoint was not told of it.
    """

    def __init__(self, previous: str | None) -> None:
        self._previous = previous
        self._headers: dict[str, str] = {}
        self.ended: EndedResponse | None = None
        self.over = False

    def begin(self, headers: RawHeaders) -> None:
        """The headers that the answer would have had; they go with its first event."""
        self._headers = {
            name.decode(): value.decode() for name, value in headers if name.startswith(_TOLD)
        }

    def frame(self, payload: bytes) -> str | None:
        """The frame of an event; ``None`` of what comes after the end, which is for SSE only."""
        if self.over:
            return None
        event = _event.decode(payload)
        if event.type not in _LIFECYCLE or event.response is msgspec.UNSET:
            return payload.decode()
        if event.type in TERMINAL:
            self.over = True
            if event.type != "response.failed":
                self.ended = _ended.decode(event.response)
        if self._previous is None and not self._headers:
            return payload.decode()
        return encode(self._completed(decode(payload))).decode()

    def _completed(self, event: dict[str, Any]) -> dict[str, Any]:
        if self._previous is not None:
            event["response"]["previous_response_id"] = self._previous
        if self._headers:
            event["headers"], self._headers = self._headers, {}
        return event


def _bad(message: str, param: str | None = None, code: str = "invalid_value") -> ApiError:
    return ApiError(Kind.BAD_REQUEST, message, param=param, code=code)
