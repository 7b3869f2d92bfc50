"""Rows 17 to 28: right answers that are written strangely."""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any

from faults.checks import check, success
from faults.rig.backend import Peer, Script
from faults.rig.caller import Reply
from faults.rig.wire import (
    EVENTS,
    LAST_CHUNK,
    chunk,
    chunks,
    completed,
    created,
    delta,
    done,
    event,
    events,
    good,
    opened,
    stream,
    told,
)
from faults.stage import Row, Stage

RUNES = "Grüße, 世界! 👩‍👩‍👧‍👦 naïve — \u2028 שלום 𝄞"


async def _right(stage: Stage, script: Script, text: str, limit: float = 15.0) -> float:
    """All answers are right; how long the slowest took."""
    stage.lane.play(script)
    slowest = 0.0

    def judge(reply: Reply) -> None:
        nonlocal slowest
        success(reply, text)
        slowest = max(slowest, reply.seconds)

    await stage.each_way(judge)
    check(slowest < limit, f"{slowest:.1f} s")
    return slowest


async def byte_by_byte(stage: Stage) -> str:
    """One byte a chunk."""
    pieces = [f"piece {number} " for number in range(300)]
    body = events(*told(*pieces))
    took = await _right(stage, EVENTS + chunks(body, 1) + LAST_CHUNK, "".join(pieces))
    return f"exact text of {len(body):,} chunks in {took:.1f} s"


async def split_runes(stage: Stage) -> str:
    """Chunks that cut characters apart, one write each."""
    pieces = [RUNES, RUNES[::-1], "é" * 50]
    body = events(*told(*pieces))
    for size in (1, 2, 3, 7):
        await _right(stage, _writes(body, size), "".join(pieces))
    return "exact text with chunks of 1, 2, 3 and 7 bytes"


def _writes(body: bytes, size: int) -> Script:
    async def script(peer: Peer) -> None:
        await peer.send(EVENTS)
        for at in range(0, len(body), size):
            await peer.send(chunk(body[at : at + size]))
            if at % 50 == 0:
                await asyncio.sleep(0)
        await peer.send(LAST_CHUNK)

    return script


async def event_grammar(stage: Stage) -> str:
    """CRLF, a byte order mark, comments, ``retry:``, no space after the colon."""
    body = events(*told(RUNES))
    variants = {
        "CRLF": body.replace(b"\n", b"\r\n"),
        "CR": body.replace(b"\n", b"\r"),
        "byte order mark": b"\xef\xbb\xbf" + body,
        "comments": b": hello\n\n" + body.replace(b"event:", b": comment\nevent:"),
        "retry": b"retry: 3000\n\nid: 7\n" + body.replace(b"data: ", b"retry: 1\nid\ndata: "),
        "no space": body.replace(b"data: ", b"data:").replace(b"event: ", b"event:"),
        "no event lines": b"".join(
            line + b"\n" for line in body.split(b"\n") if not line.startswith(b"event:")
        ),
    }
    for variant in variants.values():
        for size in (5, len(variant)):
            await _right(stage, EVENTS + chunks(variant, size) + LAST_CHUNK, RUNES)
    return f"exact text in {len(variants)} variants, cut and uncut"


async def several_data_lines(stage: Stage) -> str:
    """JSON over several lines."""
    body = b"".join(
        b"".join(b"data: " + line + b"\n" for line in _indented(payload)) + b"\n"
        for payload in told("one ", "two")
    )
    await _right(stage, stream(body), "one two")
    return "exact text"


def _indented(payload: Any) -> list[bytes]:
    return json.dumps(payload, indent=2).encode().split(b"\n")


async def large_event(stage: Stage) -> str:
    """One delta of 5 MB, in pieces as a network would bring it."""
    text = "0123456789" * 500_000
    body = events(*opened(), delta(text), completed())
    took = await _right(stage, EVENTS + chunks(body, 16_000) + LAST_CHUNK, text, limit=30)
    return f"exact text in {took:.1f} s, six times at once"


async def odd_events(stage: Stage) -> str:
    """Events that mean nothing to us."""
    odd: list[Any] = [
        [],
        None,
        7,
        "text",
        {},
        {"type": None},
        {"type": 5, "delta": "x"},
        {"type": "response.dream.delta", "delta": "x"},
        {"no": "type"},
    ]
    mixed = [piece for payload in told("one ", "two") for piece in (*odd, payload)]
    await _right(stage, stream(b"data:\n\n" + events(*mixed)), "one two")
    return f"{len(odd)} kinds ignored"


async def repeated_end(stage: Stage) -> str:
    """The end twice, and deltas behind it."""
    late = [delta(" late"), done("late"), completed(), delta(" later")]
    await _right(stage, stream(events(*told("one"), *late)), "one")
    return "one end, the text once"


async def disorder(stage: Stage) -> str:
    """Deltas before ``created``, and before the item that they belong to."""
    for order in _orders():
        await _right(stage, stream(events(*order)), "one two")
    return "all text, in 3 orders"


def _orders() -> Sequence[Sequence[dict[str, Any]]]:
    first, second = delta("one "), delta("two")
    return (
        [first, *opened(), second, done("one two"), completed()],
        [created(), first, second, completed()],
        [first, second, completed()],
    )


async def no_last_line(stage: Stage) -> str:
    """The body ends right behind the last ``data:`` line."""
    body = events(*told("one")).rstrip(b"\n")
    closing = EVENTS.replace(b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n")
    for ending in (body, body + b"\n"):
        await _right(stage, stream(ending), "one")
        await _right(stage, _then(closing + ending), "one")
    return "success, in a chunked body and in one that ends with the connection"


def _then(*parts: bytes, reset: bool = False) -> Script:
    async def script(peer: Peer) -> None:
        await peer.send(*parts)
        if reset:
            await asyncio.sleep(0.1)
            peer.reset()

    return script


async def early_hints(stage: Stage) -> str:
    """103, also several of them, before the answer."""
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
    await _right(stage, hint + good("one"), "one")
    await _right(stage, hint * 3 + b"HTTP/1.1 100 Continue\r\n\r\n" + good("two"), "two")
    return "success"


async def held_open(stage: Stage) -> str:
    """All was said, but neither the body nor the connection ends."""

    async def script(peer: Peer) -> None:
        await peer.send(EVENTS + chunk(events(*told("one"))))
        await peer.gone()

    took = await _right(stage, script, "one", limit=2)
    return f"ended after {took * 1000:.0f} ms"


async def reset_after_the_end(stage: Stage) -> str:
    """All was said; then an RST."""
    began = time.monotonic()
    await _right(stage, _then(EVENTS + chunk(events(*told("one"))), reset=True), "one")
    await _right(stage, _then(EVENTS + chunk(event(delta("a")) + event(completed()))), "a")
    return f"success in {time.monotonic() - began:.1f} s"


ROWS = (
    Row(17, "one byte per chunk", "the exact text", byte_by_byte),
    Row(18, "runes split over chunks", "the exact text", split_runes),
    Row(19, "CRLF, BOM, comments, `retry:`, no space", "the exact text", event_grammar),
    Row(20, "several `data:` lines an event", "the exact text", several_data_lines),
    Row(21, "an event of 5 MB", "the exact text, in seconds", large_event, alone=True),
    Row(22, "unknown types, `[]`, `null`, no type", "they are ignored", odd_events),
    Row(23, "`completed` twice, deltas later", "one end, the text once", repeated_end),
    Row(24, "order surprises", "all of the text", disorder),
    Row(25, "no last blank line", "success", no_last_line),
    Row(26, "103 before 200", "success", early_hints),
    Row(27, "`completed`, socket stays open", "the end within 2 s", held_open, alone=True),
    Row(28, "`completed`, then RST", "success", reset_after_the_end),
)
