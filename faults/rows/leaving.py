"""Rows 60 to 63: callers who leave, who say half a goodbye, who do not read."""

import asyncio
import socket
import struct
import time
from collections.abc import Sequence

from faults.checks import check, success
from faults.rig.backend import Peer
from faults.rig.caller import Caller, connected
from faults.rig.frames import create, upgrade
from faults.rig.process import rss
from faults.rig.wire import EVENTS, LAST_CHUNK, chunk, delta, event, events, opened, told
from faults.stage import CHAT, NATIVE, RESPONSES, WAYS, Row, Stage

SOCKET = "WebSocket"

LONGEST = 1.0
"""Seconds from the caller's end to the end of the upstream call."""


async def gone_early(stage: Stage) -> str:
    """The caller leaves before ChatGPT has said anything, or has said only its headers."""
    times = await latencies(stage, b"", 2 * len(WAYS))
    times += await latencies(stage, EVENTS, len(WAYS))
    return _told(times)


async def gone_midway(stage: Stage) -> str:
    """The caller leaves in the middle of an answer."""
    return _told(
        await latencies(stage, EVENTS + chunk(events(*opened(), delta("word "))), 2 * len(WAYS))
    )


def _told(times: Sequence[float]) -> str:
    check(max(times) <= LONGEST, f"the upstream call went on for {max(times):.2f} s")
    return f"upstream closed within {max(times) * 1000:.0f} ms, {len(times)} times"


async def latencies(stage: Stage, begun: bytes, number: int, pause: float = 0.02) -> list[float]:
    """Seconds from a caller's end until ChatGPT sees the end of the call, each way in turn.

    Args:
        stage: Whose lane is used.
        begun: What ChatGPT has said before.
        number: How often.
        pause: Seconds that the caller listens before.
    """
    times = []
    for turn in range(number):
        way = WAYS[turn % len(WAYS)]
        abrupt = turn // len(WAYS) % 2 == 1
        times.append(await _latency(stage, begun, *way, pause, abrupt=abrupt))
    return times


async def _latency(
    stage: Stage, begun: bytes, path: str, stream: bool, pause: float, *, abrupt: bool
) -> float:
    asked = asyncio.Event()
    left: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def script(peer: Peer) -> None:
        await peer.send(begun)
        asked.set()
        left.set_result(await peer.gone())

    stage.lane.play(script)
    async with asyncio.timeout(30), connected(stage.product) as caller:
        await caller.send(stage.request(stage.body(path=path, stream=stream), path))
        await asked.wait()
        if stream and len(begun) > len(EVENTS):
            await caller.head()
        await asyncio.sleep(pause)
        if abrupt:
            _reset_at_close(caller)
        caller.close()
        began = time.monotonic()
        return max(await left - began, 0.0)


def _reset_at_close(caller: Caller) -> None:
    sock = caller.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def half_close(stage: Stage) -> str:
    """The caller says that it will say no more, and goes on reading."""
    seen = []
    for path, stream in WAYS:
        ended = asyncio.Event()

        async def script(peer: Peer, ended: asyncio.Event = ended) -> None:
            try:
                await asyncio.sleep(0.3)
                await peer.send(EVENTS + chunk(events(*told("one ", "two"))) + LAST_CHUNK)
                await peer.gone()
            finally:
                ended.set()

        stage.lane.play(script)
        stage.lane.calls.clear()
        async with asyncio.timeout(30), connected(stage.product) as caller:
            await caller.send(stage.request(stage.body(path=path, stream=stream), path))
            caller.writer.write_eof()
            reply = await stage.hear(caller)
            if reply.status == 200 and reply.whole:
                success(reply, "one two")
                seen.append("full answer")
            else:
                check(not reply.whole, f"{reply.status} {reply.body[:200]!r}")
                seen.append("treated as gone")
                await asyncio.sleep(0.3)
                if stage.lane.calls:  # who is gone soon enough has nothing asked for
                    await ended.wait()
    return ", ".join(dict.fromkeys(seen))


async def reader_stops(stage: Stage) -> str:
    """ChatGPT says as much as it can, the caller reads nothing, then leaves."""
    seen = []
    for path in (CHAT, RESPONSES, NATIVE, SOCKET):
        pulled, growth = await slow_reader(stage, path)
        check(pulled <= 32, f"{pulled:.1f} MB were pulled")
        check(growth < 32, f"{growth:.1f} MiB more memory")
        seen.append(f"{pulled:.1f} MB pulled, {growth:.1f} MiB held")
    return "; ".join(seen)


async def slow_reader(stage: Stage, path: str) -> tuple[float, float]:
    """Megabytes that ChatGPT could send to a caller who reads nothing, and MiB that we grew by."""
    flood = chunk(event(delta("x" * 1000)) * 60)
    peers: list[Peer] = []

    async def script(peer: Peer) -> None:
        peers.append(peer)
        peer.hurry()
        await peer.send(EVENTS + chunk(events(*opened())))
        while peer.sent < 256_000_000:
            await peer.send(flood)

    stage.lane.play(script)
    before = rss(stage.product.pid)
    async with connected(stage.product, limit=1024) as caller:
        await _ask_over(caller, stage, path)
        while not peers:
            await asyncio.sleep(0.02)
        pulled = -1
        while peers[0].sent != pulled:
            pulled = peers[0].sent
            await asyncio.sleep(1)
    return pulled / 1e6, rss(stage.product.pid) - before


async def _ask_over(caller: Caller, stage: Stage, path: str) -> None:
    if path == SOCKET:
        await caller.send(upgrade(stage.product, stage.choosing))
        await caller.head()
        await caller.send(create())
    else:
        await caller.send(stage.request(stage.body(path=path), path))


ROWS = (
    Row(
        60,
        "client gone before the first byte",
        "(upstream closed within 1 s)",
        gone_early,
        alone=True,
    ),
    Row(61, "client gone mid-stream", "(upstream closed within 1 s)", gone_midway, alone=True),
    Row(62, "client half-close", "the full answer, or treated as gone", half_close),
    Row(63, "the reader stops", "(ChatGPT is not read either)", reader_stops, alone=True),
)
