"""Rows 7 to 16: an answer that begins, and never ends as it should."""

import asyncio
import random

from faults.checks import check, honest_end, read, refused
from faults.rig.backend import Peer, Script
from faults.rig.caller import Reply
from faults.rig.wire import EVENTS, LAST_CHUNK, answer, chunk, delta, events, opened, stream
from faults.stage import NATIVE, WAYS, Row, Stage

BEGUN = events(*opened(), *(delta(f"word{number} ") for number in range(5)))


def _sends(*parts: bytes, reset: bool = False) -> Script:
    async def script(peer: Peer) -> None:
        await peer.send(*parts)
        if reset:
            await asyncio.sleep(0.1)  # an RST overtakes what has not been read yet
            peer.reset()

    return script


async def _broken(stage: Stage, script: Script) -> str:
    stage.lane.play(script)
    return _summary(await stage.each_way(honest_end))


def _summary(ends: list[str]) -> str:
    return "; ".join(dict.fromkeys(ends))


async def no_event(stage: Stage) -> str:
    """Status 200 and an empty body."""
    return await _broken(stage, EVENTS + LAST_CHUNK)


async def no_completed(stage: Stage) -> str:
    """A proper last chunk, but no last event."""
    return await _broken(stage, stream(BEGUN))


async def fin_inside_chunk(stage: Stage) -> str:
    """The connection closes inside a chunk."""
    return await _broken(stage, _sends(EVENTS + chunk(BEGUN)[:-40]))


async def reset_midway(stage: Stage) -> str:
    """RST after five deltas."""
    return await _broken(stage, _sends(EVENTS + chunk(BEGUN), reset=True))


async def broken_chunk_size(stage: Stage) -> str:
    """Sizes that are no numbers, and some that are too large to be one."""
    seen = [
        await _broken(stage, _sends(EVENTS + chunk(BEGUN) + size + b"\r\nhello\r\n"))
        for size in (b"ZZZ", b"-5", b"ffffffffffffffffffff", b"", b"0x10")
    ]
    return _summary(seen)


async def noise(stage: Stage) -> str:
    """Random bytes where events should be."""
    seen = [await _broken(stage, stream(random.Random(seed).randbytes(4096))) for seed in range(5)]
    return _summary(seen)


async def a_page(stage: Stage) -> str:
    """HTML with status 200."""
    page = b"<!DOCTYPE html><html><body>Welcome</body></html>"
    stage.lane.play(answer(200, page, "text/html; charset=utf-8"))
    codes = await stage.each_way(lambda reply: refused(reply, 502)["code"])
    codes.append(refused(await stage.ask(path=NATIVE), 502)["code"])
    return f"502 {_summary(codes)}"


async def silence_at_first(stage: Stage) -> str:
    """Headers, and nothing more; then not even headers."""
    stage.impatiently()
    seen = []
    for begun in (EVENTS, b""):
        stage.lane.play(_stalls(begun))
        seen += await stage.each_way(_timed_out)
    return _summary(seen)


async def silence_midway(stage: Stage) -> str:
    """A few deltas, then nothing."""
    stage.impatiently().lane.play(_stalls(EVENTS + chunk(BEGUN)))
    comments = []

    def judge(reply: Reply) -> str:
        if reply.status == 200:
            comments.append(read(reply).comments)
        return _timed_out(reply)

    ends = await stage.each_way(judge)
    check(comments and min(comments) >= 1, f"signs of life: {comments}")
    return f"{_summary(ends)}, after {min(comments)} signs of life"


def _stalls(begun: bytes) -> Script:
    async def script(peer: Peer) -> None:
        await peer.send(begun)
        await peer.gone()

    return script


def _timed_out(reply: Reply) -> str:
    end = honest_end(reply)
    check(reply.status in (200, 504), f"{end} in the place of a timeout")
    why = read(reply).errors[0]["message"]
    check("no event" in why or "in time" in why, f"{why} in the place of a timeout")
    check(reply.seconds < 20, f"after {reply.seconds:.0f} s")
    return end


async def no_replay(stage: Stage) -> str:
    """It fails after bytes were sent: nobody asks again."""
    stage.lane.play(_sends(EVENTS + chunk(BEGUN), reset=True))
    for path, stream_ in WAYS:
        before = len(stage.lane.calls)
        reply = await stage.ask(path=path, stream=stream_)
        end = honest_end(reply)
        calls = len(stage.lane.calls) - before
        check(calls == 1, f"{calls} calls for one answer")
        text = read(reply).text
        check(text in ("", "word0 word1 word2 word3 word4 "), f"doubled: {text!r}")
    return f"1 call each, {end}"


ROWS = (
    Row(7, "200 and no event", "an error, never an empty answer", no_event),
    Row(8, "end without `completed`", "an error event and no `[DONE]`", no_completed),
    Row(9, "FIN inside a chunk", "the same", fin_inside_chunk),
    Row(10, "RST mid-stream", "the same", reset_midway),
    Row(11, "broken chunk size", "the same", broken_chunk_size),
    Row(12, "random bytes as events", "the same, no traceback", noise),
    Row(13, "HTML with 200", "502, no HTML", a_page),
    Row(14, "silence after the headers", "504 or an error event at the limit", silence_at_first),
    Row(15, "silence mid-stream", "keep-alive comments, then the same", silence_midway),
    Row(16, "failure after bytes were sent", "an error event; nothing is asked twice", no_replay),
)
