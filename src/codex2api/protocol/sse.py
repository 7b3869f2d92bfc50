"""Server-sent events: bytes to payloads, and frames to bytes.

The grammar is that of the WHATWG HTML standard, section 9.2.6 ("Interpreting an event stream"):
lines end in CR LF, LF or CR; a byte order mark may lead; ``data`` lines of one event are joined by
LF; a blank line ends the event. Decoding works on bytes and splits only at those line ends, so
U+2028 inside a JSON string and a character cut in two by the network are both safe.
"""

from collections.abc import Iterable
from typing import NamedTuple

from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json, encode as encode_json

MAX_EVENT_BYTES = 64 * 1024 * 1024
"""One event may not outgrow this: image results are megabytes, a missing blank line is endless."""

KEEPALIVE = b": keepalive\n\n"
DONE = b"data: [DONE]\n\n"


class Frame(NamedTuple):
    """One server-sent event on its way to the caller.

    Attributes:
        data: Anything msgspec can encode.
        event: The ``event:`` line, where the dialect has one.
    """

    data: Json
    event: str | None = None


def encode(frames: Iterable[Frame]) -> bytes:
    """Frames as the bytes of one write."""
    parts: list[bytes] = []
    for data, event in frames:
        if event is not None:
            parts += (b"event: ", event.encode(), b"\n")
        parts += (b"data: ", encode_json(data), b"\n\n")
    return b"".join(parts)


class SseDecoder:
    """Cuts a byte stream into the ``data`` payloads of its events, however it is chunked."""

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._at_start = True

    def feed(self, data: bytes) -> list[bytes]:
        """Payloads of all events that ``data`` completes.

        Raises:
            ApiError: An event outgrew ``MAX_EVENT_BYTES``.
        """
        if b"\r" in data or (self._pending and self._pending[-1].endswith(b"\r")):
            return self._feed_with_cr(data)
        end = self._event_end(data)
        if end < 0:
            self._keep(data)
            return []
        block = b"".join((*self._pending, data[:end]))
        self._restart(data[end:])
        return self._payloads(block)

    def close(self) -> list[bytes]:
        """Payloads left when the stream ends without its last blank line."""
        block = b"".join(self._pending).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._restart(b"")
        return self._payloads(block)

    def _event_end(self, data: bytes) -> int:
        """Index just past the last blank line in ``data``, or -1."""
        end = data.rfind(b"\n\n")
        if end >= 0:
            return end + 2
        if data.startswith(b"\n") and self._pending and self._pending[-1].endswith(b"\n"):
            return 1
        return -1

    def _feed_with_cr(self, data: bytes) -> list[bytes]:
        # A CR that ends the read may be half of a CR LF: it waits for the next read.
        whole = b"".join((*self._pending, data))
        held = b"\r" if whole.endswith(b"\r") else b""
        text = whole[: len(whole) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._restart(b"")
        end = self._event_end(text)
        if end < 0:
            self._keep(text + held)
            return []
        self._restart(text[end:] + held)
        return self._payloads(text[:end])

    def _restart(self, rest: bytes) -> None:
        self._pending = []
        self._pending_bytes = 0
        if rest:
            self._keep(rest)

    def _keep(self, data: bytes) -> None:
        self._pending.append(data)
        self._pending_bytes += len(data)
        if self._pending_bytes > MAX_EVENT_BYTES:
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, "ChatGPT sent an event without an end.")

    def _payloads(self, block: bytes) -> list[bytes]:
        if self._at_start and block:
            self._at_start = False
            block = block.removeprefix(b"\xef\xbb\xbf")
        return [payload for event in block.split(b"\n\n") if (payload := _data_of(event))]


def _data_of(event: bytes) -> bytes:
    """The joined ``data`` lines of one event, ``b""`` if it has none."""
    start = 0 if event.startswith(b"data:") else event.find(b"\ndata:") + 1
    if start > 0 or event.startswith(b"data:"):
        payload = event[start + 5 :]
        if b"\n" not in payload:
            return payload.removeprefix(b" ")
    lines = [line[5:] for line in event.split(b"\n") if line.startswith(b"data:")]
    return b"\n".join([line.removeprefix(b" ") for line in lines])
