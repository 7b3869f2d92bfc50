"""Server-sent events: bytes to payloads, and frames to bytes.

The grammar is that of the WHATWG HTML standard, section 9.2.6 ("Interpreting an event stream"):
lines end in CR LF, LF or CR; a byte order mark may lead; ``data`` lines of one event are joined by
LF; a blank line ends the event. Decoding works on bytes and splits only at those line ends, so
U+2028 inside a JSON string and a character cut in two by the network are both safe.
"""

import re
from collections.abc import Iterable

import msgspec

from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json, encode as encode_json

MAX_EVENT_BYTES = 64 * 1024 * 1024
"""One event may not outgrow this: image results are megabytes, a missing blank line is endless."""

KEEPALIVE = b": keepalive\n\n"


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One server-sent event on its way to the caller.

    Attributes:
        data: Anything msgspec can encode.
        event: The ``event:`` line, where the dialect has one.
        packed: ``data`` is the bytes of one or more whole events.
    """

    data: Json
    event: str | None = None
    packed: bool = False


def encode(frames: Iterable[Frame]) -> bytes:
    """Frames as the bytes of one write."""
    parts: list[bytes] = []
    for frame in frames:
        if frame.packed:
            parts.append(frame.data)
            continue
        if frame.event is not None:
            parts += (b"event: ", frame.event.encode(), b"\n")
        parts += (b"data: ", encode_json(frame.data), b"\n\n")
    return b"".join(parts)


class TextFrames:
    """Frames that differ from each other in one text alone, as nearly all of an answer do.

    Args:
        empty: One whose text is empty, and which has no empty text behind that.
    """

    __slots__ = ("_after", "_before", "_between")

    def __init__(self, empty: Frame) -> None:
        self._before, _, self._after = encode((empty,)).rpartition(b'""')
        self._between = self._after + self._before

    def of(self, texts: Iterable[str]) -> Frame:
        """An event for each text, as one frame."""
        said = self._between.join(map(encode_json, texts))
        return Frame(b"%b%b%b" % (self._before, said, self._after), packed=True)


class SseDecoder:
    """Cuts a byte stream into the ``data`` payloads of its events, however it is chunked.

    Args:
        max_event_bytes: What one event may hold before the stream is given up.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_event_bytes = max_event_bytes
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._at_start = True
        self._after_cr = False

    def feed(self, data: bytes) -> list[bytes]:
        """Payloads of all events that ``data`` completes.

        Raises:
            ApiError: An event outgrew its limit.
        """
        if self._after_cr or b"\r" in data:
            data = self._with_lf(data)
        if not self._pending and data.endswith(b"\n\n"):
            return self._payloads(data)
        end = self._event_end(data)
        if end < 0:
            self._keep(data)
            return []
        block = b"".join((*self._pending, data[:end]))
        self._pending, self._pending_bytes = [], 0
        self._keep(data[end:])
        return self._payloads(block)

    def close(self) -> list[bytes]:
        """Payloads left when the stream ends without its last blank line."""
        block = b"".join((*self._pending, b"\n\n"))
        self._pending, self._pending_bytes = [], 0
        return self._payloads(block)

    def _with_lf(self, data: bytes) -> bytes:
        # A CR ends its line at once; should LF follow, even in the next read, it is part of it.
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
            self._after_cr = False
        if data:
            self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _event_end(self, data: bytes) -> int:
        """Index just past the last blank line in ``data``, or -1."""
        end = data.rfind(b"\n\n")
        if end >= 0:
            return end + 2
        if data.startswith(b"\n") and self._pending and self._pending[-1].endswith(b"\n"):
            return 1
        return -1

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        self._pending.append(data)
        self._pending_bytes += len(data)
        if self._pending_bytes > self._max_event_bytes:
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, "ChatGPT sent an event without an end.")

    def _payloads(self, block: bytes) -> list[bytes]:
        if self._at_start:
            self._at_start = False
            block = block.removeprefix(_BYTE_ORDER_MARK)
        # Usually an event is one line of data, perhaps behind its name: then all is said between
        # what parts two of them. A line break that is left over tells that it is not so.
        beginning = _BEGINNING(block)
        if beginning is not None:
            payloads: list[bytes] = _BETWEEN(block[beginning.end() : -2])
            if b"" not in payloads and b"\n" not in b"".join(payloads):
                return payloads
        return [payload for event in _EVENTS(block) if (payload := _data_of(event))]


_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_BETWEEN = re.compile(rb"\n\n(?:event: [^\n]*\n)?data: ").split
_BEGINNING = re.compile(rb"(?:event: [^\n]*\n)?data: ").match

_EVENTS = re.compile(rb"(?:[^\n]+\n)+\n").findall
"""All events of a block, each as its lines."""


def _data_of(event: bytes) -> bytes:
    """The joined ``data`` lines of one event, ``b""`` if it has none."""
    lines = [line.partition(b":") for line in event.split(b"\n")]
    return b"\n".join([value.removeprefix(b" ") for name, _, value in lines if name == b"data"])
