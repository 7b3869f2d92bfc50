"""Streams that end otherwise than well (protocol sheet, sections 3.7 and 11)."""

import zlib
from collections.abc import Callable
from dataclasses import replace

import msgspec

from codex2api.simulator.scenarios.answers import Close, Stream, delivery_of
from codex2api.simulator.scenarios.markers import Marker
from codex2api.simulator.scenarios.registry import text
from codex2api.simulator.scenarios.script import Event, Script

Ending = Callable[[Script, Marker], Stream]

MESSAGES = {
    "context_length_exceeded": (
        "Your input exceeds the context window of this model. Please adjust your input and try "
        "again."
    ),
    "rate_limit_exceeded": "Rate limit reached (simulated). Please try again in {again}.",
    "server_is_overloaded": "Our servers are currently overloaded. Please try again later.",
    "slow_down": "Our servers are currently overloaded. Please try again later.",
    "usage_limit_reached": "The usage limit has been reached",
    "at_capacity": "Selected model is at capacity. Please try a different model.",
}
_MISLEADING = {"at_capacity": "invalid_request_error"}
ODD = b'data: []\n\ndata: null\n\ndata: {"n":1}\n\ndata: not json\n\nid: 7\nretry: 10\n\n'
NOISE = bytes(range(128, 256)) * 32


def _error(marker: Marker) -> dict[str, str]:
    code = marker.text("code", "server_error")
    words = MESSAGES.get(code, f"Simulated failure: {code}.")
    words = words.format(again=marker.text("again", "0.05s"))
    return {"code": _MISLEADING.get(code, code), "message": words}


def failed(script: Script, marker: Marker) -> Stream:
    """Some text, then ``response.failed`` with ``code``; ``null=1`` for an error of null."""
    _some_text(script, marker)
    return _end_failed(script, marker)


def failed_early(script: Script, marker: Marker) -> Stream:
    """``created`` and ``in_progress``, then ``response.failed``."""
    script.begin()
    return _end_failed(script, marker)


def failed_first(script: Script, marker: Marker) -> Stream:
    """``response.failed`` and nothing else."""
    return _end_failed(script, marker)


def error_flat(script: Script, marker: Marker) -> Stream:
    """Some text, then an ``error`` event with its fields at the top."""
    _some_text(script, marker)
    script.add("error", **_error(marker), param=None)
    return _stream(script, marker)


def error_nested(script: Script, marker: Marker) -> Stream:
    """Some text, then an ``error`` event with its fields in an object."""
    _some_text(script, marker)
    script.add("error", error=_error(marker) | {"type": "server_error", "param": None})
    return _stream(script, marker)


def error_first(script: Script, marker: Marker) -> Stream:
    """A bare ``error`` event."""
    script.add("error", **_error(marker), param=None)
    return _stream(script, marker)


def incomplete(script: Script, marker: Marker) -> Stream:
    """A whole message, then ``response.incomplete`` with ``reason``."""
    script.begin()
    text(script, marker)
    details = {"reason": marker.text("reason", "max_output_tokens")}
    response = script.final("incomplete", incomplete_details=details)
    script.add("response.incomplete", response=response)
    return _stream(script, marker)


def cut(script: Script, marker: Marker) -> Stream:
    """The end of the body without a terminal event."""
    _some_text(script, marker)
    return _stream(script, marker)


def cut_chunk(script: Script, marker: Marker) -> Stream:
    """The end of the connection inside a chunk."""
    _some_text(script, marker)
    return _stream(script, marker, Close.CUT)


def reset(script: Script, marker: Marker) -> Stream:
    """A TCP reset in the middle."""
    _some_text(script, marker)
    return _stream(script, marker, Close.RESET)


def stall(script: Script, marker: Marker) -> Stream:
    """Silence in the middle."""
    _some_text(script, marker)
    return _stream(script, marker, Close.STALL)


def stall_first(script: Script, marker: Marker) -> Stream:
    """Silence after the headers."""
    return _stream(script, marker, Close.STALL)


def stall_comments(script: Script, marker: Marker) -> Stream:
    """Nothing but comments from the middle on."""
    _some_text(script, marker)
    return _stream(script, marker, Close.STALL_COMMENTS)


def hold(script: Script, marker: Marker) -> Stream:
    """A whole answer, but the connection stays open."""
    _whole(script, marker)
    return _stream(script, marker, Close.HOLD)


def completed_reset(script: Script, marker: Marker) -> Stream:
    """A whole answer, then a TCP reset."""
    _whole(script, marker)
    return _stream(script, marker, Close.RESET)


def completed_twice(script: Script, marker: Marker) -> Stream:
    """A whole answer, its end repeated, with a delta after it."""
    _whole(script, marker)
    script.events += [script.events[-1], _first_delta(script)]
    return _stream(script, marker)


def disorder(script: Script, marker: Marker) -> Stream:
    """A whole answer whose first delta comes before ``response.created``."""
    _whole(script, marker)
    first = _first_delta(script)
    script.events.remove(first)
    script.events.insert(0, first)
    return _stream(script, marker)


def no_events(script: Script, marker: Marker) -> Stream:
    """Status 200 and an empty body."""
    return _stream(script, marker)


def html(_script: Script, marker: Marker) -> Stream:
    """Status 200 and a page instead of events."""
    page = b"<!doctype html><html><body>simulated page</body></html>"
    return Stream([], delivery_of(marker, tail=page), content_type="text/html")


def noise(script: Script, marker: Marker) -> Stream:
    """Bytes that are no text at all."""
    return _stream(script, marker, tail=NOISE)


def bad_utf8(script: Script, marker: Marker) -> Stream:
    """A whole answer whose first delta holds a byte that is not UTF-8."""
    _whole(script, marker)
    _first_delta(script)["delta"] = msgspec.Raw(b'"This \xff is"')
    return _stream(script, marker)


def odd_events(script: Script, marker: Marker) -> Stream:
    """A whole answer after events that are no objects, or have no type, or are not JSON."""
    _whole(script, marker)
    stream = _stream(script, marker)
    return replace(stream, delivery=replace(stream.delivery, head=ODD))


def broken_chunk(script: Script, marker: Marker) -> Stream:
    """A chunk size that is no number, in the middle."""
    _some_text(script, marker)
    return _stream(script, marker, Close.BROKEN_CHUNK)


def endless(script: Script, marker: Marker) -> Stream:
    """Deltas until the client leaves; ``d`` between two bursts of them."""
    _some_text(script, marker)
    return _stream(script, marker, Close.ENDLESS)


def many_headers(script: Script, marker: Marker) -> Stream:
    """A whole answer behind ``n`` header lines of 8 kB (300 by default)."""
    _whole(script, Marker())
    headers = {f"x-simulated-{i}": "v" * 8000 for i in range(marker.count("n", 300))}
    return Stream(script.events, headers=headers)


def gzip_bomb(script: Script, marker: Marker) -> Stream:
    """``mb`` megabytes of nothing (64 by default), well packed, as the body."""
    packer = zlib.compressobj(1, wbits=31)
    block = bytes(1024 * 1024)
    packed = [packer.compress(block) for _ in range(marker.count("mb", 64))]
    stream = _stream(script, marker, tail=b"".join([*packed, packer.flush()]))
    return replace(stream, headers={"content-encoding": "gzip"})


def _some_text(script: Script, marker: Marker) -> None:
    """The beginning of a message, without its end."""
    script.begin()
    before = len(script.events)
    text(script, marker)
    kept = [event for event in script.events[before:] if _is_beginning(event)]
    script.events[before:] = kept


def _first_delta(script: Script) -> Event:
    return next(event for event in script.events if event["type"].endswith("text.delta"))


def _is_beginning(event: Event) -> bool:
    kind: str = event["type"]
    return kind.endswith((".added", ".delta"))


def _whole(script: Script, marker: Marker) -> None:
    script.begin()
    text(script, marker)
    script.complete()


def _end_failed(script: Script, marker: Marker) -> Stream:
    error = None if marker.flag("null") else _error(marker)
    response = script.response("failed") | {"error": error}
    script.add("response.failed", response=response)
    return _stream(script, marker)


def _stream(
    script: Script, marker: Marker, close: Close = Close.CLEAN, tail: bytes = b""
) -> Stream:
    return Stream(script.events, delivery_of(marker, close, tail))


ENDINGS: dict[str, Ending] = {
    "failed": failed,
    "failed_early": failed_early,
    "failed_first": failed_first,
    "error_flat": error_flat,
    "error_nested": error_nested,
    "error_first": error_first,
    "incomplete": incomplete,
    "cut": cut,
    "cut_chunk": cut_chunk,
    "reset": reset,
    "stall": stall,
    "stall_first": stall_first,
    "stall_comments": stall_comments,
    "hold": hold,
    "completed_reset": completed_reset,
    "completed_twice": completed_twice,
    "disorder": disorder,
    "no_events": no_events,
    "html": html,
    "noise": noise,
    "bad_utf8": bad_utf8,
    "odd_events": odd_events,
    "broken_chunk": broken_chunk,
    "endless": endless,
    "many_headers": many_headers,
    "gzip_bomb": gzip_bomb,
}
