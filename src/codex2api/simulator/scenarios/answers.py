"""What a scenario comes to: a stream and how it is delivered, or a fault instead of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from codex2api.simulator.scenarios.markers import Marker
from codex2api.simulator.scenarios.script import Event


class Close(StrEnum):
    """How a connection ends after the last event."""

    CLEAN = "clean"
    CUT = "cut"
    RESET = "reset"
    STALL = "stall"
    STALL_COMMENTS = "stall_comments"
    HOLD = "hold"
    BROKEN_CHUNK = "broken_chunk"
    ENDLESS = "endless"


@dataclass(frozen=True, slots=True)
class Delivery:
    """How events become bytes.

    Attributes:
        delay: Seconds before each delta; 0 writes everything at once.
        first: Seconds before the response headers.
        chunk: Bytes in one write; 0 for no limit.
        crlf: End lines with CR LF.
        comments: Put a comment line before every event.
        bom: Begin with a byte order mark.
        multiline: Spread the JSON of every event over several ``data`` lines.
        open_end: Leave out the last blank line.
        unnamed: Leave out the ``event`` lines.
        close: How the connection ends.
        hints: Send a 103 before the answer.
        head: Bytes to send before the first event, as they are.
        tail: Bytes to send after the last event, as they are.
    """

    delay: float = 0.0
    first: float = 0.0
    chunk: int = 0
    crlf: bool = False
    comments: bool = False
    bom: bool = False
    multiline: bool = False
    open_end: bool = False
    unnamed: bool = False
    hints: bool = False
    close: Close = Close.CLEAN
    head: bytes = b""
    tail: bytes = b""


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer of status 200."""

    events: list[Event]
    delivery: Delivery = Delivery()
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "text/event-stream"


class Break(StrEnum):
    """How a connection fails before its status line."""

    CLOSE = "close"
    RESET = "reset"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that is no stream.

    Attributes:
        breaks: The connection fails without an answer; the other fields mean nothing then.
        delay: Seconds before it happens.
    """

    status: int = 500
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    breaks: Break | None = None
    delay: float = 0.0


Answer = Stream | Fault


def delivery_of(marker: Marker, close: Close = Close.CLEAN, tail: bytes = b"") -> Delivery:
    """The delivery that a marker's parameters ask for; times are milliseconds."""
    if not marker.params:
        return Delivery(close=close, tail=tail)
    return Delivery(
        delay=marker.number("d") / 1000,
        first=marker.number("first") / 1000,
        chunk=marker.count("chunk"),
        crlf=marker.flag("crlf"),
        comments=marker.flag("comments"),
        bom=marker.flag("bom"),
        multiline=marker.flag("multiline"),
        open_end=marker.flag("open_end"),
        unnamed=marker.flag("unnamed"),
        hints=marker.flag("hints"),
        close=Close(marker.text("close", close)),
        tail=tail,
    )
