"""Many callers at once, and many one after the other, a third of them in trouble."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from faults.checks import Failed, check, honest_end, read, refused, success
from faults.rig.backend import Peer, Script
from faults.rig.caller import Caller, Reply, connected
from faults.rig.process import descriptors, rss
from faults.rig.product import Product
from faults.rig.wire import (
    EVENTS,
    LAST_CHUNK,
    answer,
    chunk,
    completed,
    delta,
    event,
    events,
    good,
    opened,
)
from faults.stage import CHAT, COMPLETIONS, RESPONSES, WAYS, Stage

PIECES = 10

LEAN_WAYS = tuple(way for way in WAYS if way[0] != COMPLETIONS)
"""The legacy route loads a tokenizer of 120 MB, beside which a leak would hardly show."""

BEGUN = EVENTS + chunk(events(*opened(), delta("half")))


async def hold_streams(stage: Stage, number: int, pause: float, product: Product) -> int:
    """So many streams at once, each with a text of its own; how many were open together.

    ChatGPT waits until all calls are there before it says the first word of any, and pauses so
    many seconds between the pieces.

    Raises:
        Failed: A stream was refused, cut, or heard the text of another.
    """
    open_now: set[Peer] = set()
    all_there = asyncio.Event()
    most = 0

    async def script(peer: Peer) -> None:
        nonlocal most
        tag = _tag_in(peer.heard.body)
        open_now.add(peer)
        most = max(most, len(open_now))
        if len(open_now) == number:
            all_there.set()
        await all_there.wait()
        await peer.send(EVENTS + chunk(events(*opened())))
        for piece in range(PIECES):
            await asyncio.sleep(pause)
            await peer.send(chunk(event(delta(f"{tag}.{piece} "))))
        await peer.send(chunk(event(completed())) + LAST_CHUNK)
        open_now.discard(peer)

    async def one(serial: int) -> None:
        tag = f"TAG{serial:06d}"
        path = (CHAT, RESPONSES)[serial % 2]
        reply = await stage.ask(f"please say {tag}", path=path, product=product)
        success(reply, "".join(f"{tag}.{piece} " for piece in range(PIECES)))

    stage.lane.play(script)
    async with asyncio.TaskGroup() as group:
        for serial in range(number):
            group.create_task(one(serial))
    return most


def _tag_in(body: bytes) -> str:
    at = body.index(b"TAG")
    return body[at : at + 9].decode()


def _ends(*parts: bytes, reset: bool = False, pause: float = 0.0) -> Script:
    async def script(peer: Peer) -> None:
        await peer.send(*parts)
        await asyncio.sleep(pause)
        if reset:
            peer.reset()

    return script


async def _waits(peer: Peer) -> None:
    await peer.send(BEGUN)
    await peer.gone()


TROUBLE: dict[str, Script] = {
    "DO:cut": BEGUN + LAST_CHUNK,
    "DO:half a chunk": _ends(BEGUN + b"ff\r\nabc"),
    "DO:reset": _ends(BEGUN, reset=True, pause=0.02),
    "DO:stall": _ends(BEGUN, pause=0.2),
    "DO:noise": EVENTS + chunk(b"\xff\x00" * 500) + LAST_CHUNK,
    "DO:refuse": answer(400, b'{"error": {"message": "no", "code": "invalid_value"}}'),
    "DO:page": answer(200, b"<html></html>", "text/html"),
    "DO:wait": _waits,
}
"""What a request asks to have done to it."""

AT_ONCE = 24
"""Callers; as many connections to ChatGPT may be kept for the next request."""

LEAVES, BAD_JSON = "DO:wait", "bad JSON"
FAULTS = (*TROUBLE, BAD_JSON)


@dataclass
class Health:
    """A process, looked at three times.

    Attributes:
        memory: Resident MiB: at the start, after the warm-up, at the end.
        files: Descriptors, likewise.
        answers: How requests went, by kind.
        wrong: What went as it must not.
    """

    memory: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def look(self, pid: int) -> None:
        """Look once more."""
        self.memory.append(rss(pid))
        self.files.append(descriptors(pid))

    @property
    def growth(self) -> float:
        """Memory at the end more than after the warm-up, in percent."""
        return (self.memory[-1] / self.memory[1] - 1) * 100


async def soak(
    stage: Stage, product: Product, requests: int, *, at_once: int = AT_ONCE, warm_up: int = 1000
) -> Health:
    """So many requests, every third of them faulty, after a warm-up of the same kind."""
    health = Health()
    stage.lane.play(good("quite ", "well"))
    stage.lane.by_text = dict(TROUBLE)
    success(await stage.ask(product=product), "quite well")
    health.look(product.pid)
    for number in (warm_up, requests):
        serials = iter(range(number))
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(_work(stage, product, serials, health))
        stage.lane.calls.clear()
        await asyncio.sleep(1)  # the last connections close
        health.look(product.pid)
    return health


async def _work(stage: Stage, product: Product, serials: Iterator[int], health: Health) -> None:
    """One caller, who keeps a connection as long as it is good."""
    async with AsyncExitStack() as stack:
        caller: Caller | None = None
        for serial in serials:
            if caller is None:
                caller = await stack.enter_async_context(connected(product))
            kept = await _one(stage, product, caller, serial, health)
            if not kept:
                await stack.aclose()
                caller = None


async def _one(stage: Stage, product: Product, caller: Caller, serial: int, health: Health) -> bool:
    """One request; whether its connection may carry another one."""
    fault = FAULTS[serial // 3 % len(FAULTS)] if serial % 3 == 0 else ""
    path, stream = LEAN_WAYS[(serial // 3 + serial // 27) % len(LEAN_WAYS)]  # every fault each way
    body = b"{not JSON" if fault == BAD_JSON else stage.body(fault, path=path, stream=stream)
    await caller.send(stage.request(body, path, product=product))
    try:
        if fault == LEAVES:
            await asyncio.sleep(0.03)
            health.answers["left"] += 1
            return False
        reply = await stage.hear(caller)
        health.answers[_judged(fault, reply)] += 1
    except Failed as failure:
        health.wrong.append(f"{fault or 'good'} {path}: {failure}")
        return False
    return reply.whole


def _judged(fault: str, reply: Reply) -> str:
    if not fault:
        success(reply, "quite well")
        return "served"
    if fault in (BAD_JSON, "DO:refuse"):
        refused(reply, 400)
        return "refused"
    honest_end(reply)
    return "honest end"


def told(health: Health) -> str:
    """The figures in a line."""
    memory = " → ".join(f"{value:.1f}" for value in health.memory)
    files = " → ".join(str(value) for value in health.files)
    answers = json.dumps(health.answers)
    return f"RSS {memory} MiB ({health.growth:+.1f} %), descriptors {files}, {answers}"


def judge(health: Health, most: float = 10.0) -> None:
    """See that it is none the worse for it.

    Raises:
        Failed: Something was answered wrongly, or something grew.
    """
    check(not health.wrong, f"{len(health.wrong)} wrong, the first: {health.wrong[:1]}")
    check(health.growth <= most, told(health))
    check(health.files[-1] <= health.files[1] + AT_ONCE, told(health))


async def aborted(stage: Stage, product: Product, number: int) -> None:
    """So many streams whose callers leave, at once."""

    async def one() -> None:
        async with connected(product) as caller:
            await caller.send(stage.request(stage.body(), product=product))
            reply = await caller.head()
            check(reply.status == 200 and not read(reply).errors, f"{reply.status}")

    stage.lane.play(_waits)
    await asyncio.gather(*(one() for _ in range(number)))
