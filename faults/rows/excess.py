"""Rows 39 to 44: more than was asked for, too much of it, too late."""

import asyncio

from faults.checks import check, read, refused, success
from faults.rig.backend import Peer, Script
from faults.rig.bombs import gzip_bomb
from faults.rig.caller import connected
from faults.rig.process import rss
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
    stream,
    told,
)
from faults.stage import CHAT, NATIVE, RESPONSES, Row, Stage

MOST_GROWTH = 64.0
"""MiB that one fault may cost for a while."""


async def internal_headers(stage: Stage) -> str:
    """Cookies, and headers that are none of the caller's business."""
    inner = {
        "Set-Cookie": "session=inner",
        "Server": "inner-server",
        "Via": "inner",
        "cf-ray": "inner",
        "x-internal-host": "inner.example",
        "x-codex-turn-state": "inner",
        "Strict-Transport-Security": "inner",
        "Alt-Svc": "inner",
        "x-request-id": "inner",
        "Access-Control-Allow-Origin": "*",
    }
    head = [f"{name}: {value}" for name, value in inner.items()]
    for script in (stream(events(*told("a")), head), answer(400, head=head)):
        stage.lane.play(script)
        for reply in await stage.each_way(lambda reply: reply):
            passed = {name: value for name, value in reply.headers.items() if "inner" in value}
            check(not passed, f"passed on: {passed}")
            check("access-control-allow-origin" not in reply.headers, "CORS of others")
            check("set-cookie" not in reply.headers, "a cookie")
        passed = (await stage.ask(path=NATIVE)).headers
        check("inner" not in str({**passed, "x-codex-turn-state": ""}), f"passed on: {passed}")
    return f"{len(inner)} headers absent"


async def packed_answer(stage: Stage) -> str:
    """1 GiB that was packed into one megabyte, as a stream and as an error."""
    bomb = await asyncio.to_thread(gzip_bomb, 1024)
    async with stage.own() as product:
        success(await stage.ask(product=product), "hi")
        before = rss(product.pid)
        for script in (
            stream(bomb, ["Content-Encoding: gzip"]),
            answer(500, bomb, head=["Content-Encoding: gzip"]),
            answer(400, bomb, head=["Content-Encoding: gzip"]),
        ):
            stage.lane.play(script)
            for path in (RESPONSES, CHAT, NATIVE):
                refused(await stage.ask(path=path, product=product), 400, 502)
        growth = rss(product.pid) - before
    check(growth < MOST_GROWTH, f"{growth:.0f} MiB more")
    return f"an error, {growth:.1f} MiB more for 9 times 1 GiB"


async def large_headers(stage: Stage) -> str:
    """300 headers of 8 kB, one of 2 MB, and headers that do not end."""
    lines = [f"x-{number}: {'y' * 8000}" for number in range(300)]
    for head in (lines, ["x-large: " + "y" * 2_000_000], [f"x-{n}: y" for n in range(5000)]):
        stage.lane.play(stream(events(*told("a")), head))
        await stage.each_way(lambda reply: refused(reply, 502))

    async def endless(peer: Peer) -> None:
        await peer.send(EVENTS[:-2])
        while True:
            await peer.send(b"x-more: " + b"y" * 8000 + b"\r\n")

    stage.lane.play(endless)
    await stage.each_way(lambda reply: refused(reply, 502))
    stage.lane.play(good())
    success(await stage.ask(), "hi")
    return "502 for 2.4 MB, for 2 MB in one, for 5,000 of them, and for headers without an end"


async def invalid_utf8(stage: Stage) -> str:
    """A byte in a text that no character begins with."""
    broken = event(delta("one XX two")).replace(b"XX", b"\xff")
    stage.lane.play(stream(events(*opened()) + broken + event(completed())))
    for reply in await stage.each_way(lambda reply: reply):
        reply.body.decode("utf-8")
        said = read(reply)
        check(said.text.startswith("one ") and said.text.endswith(" two"), repr(said.text))
        check(said.ends == 1 and not said.errors, f"{said.ends} ends, {said.errors}")
    return "valid UTF-8 with a mark where the byte was, one end"


async def slow_first_byte(stage: Stage) -> str:
    """Three seconds until the status line, while others are served."""
    stage.lane.by_text["please wait"] = _late(3.0)
    waiting = asyncio.create_task(stage.each_way(lambda reply: reply, "please wait"))
    await asyncio.sleep(0.2)
    quick = [await stage.ask() for _ in range(10)]
    slow = await waiting
    for reply in (*quick, *slow):
        success(reply, "hi")
    slowest = max(reply.seconds for reply in quick)
    check(slowest < 1.5, f"others waited {slowest:.1f} s")
    return f"served; ten others meanwhile, the slowest after {slowest * 1000:.0f} ms"


def _late(seconds: float) -> Script:
    async def script(peer: Peer) -> None:
        await asyncio.sleep(seconds)
        await peer.send(good())

    return script


async def first_delta_at_once(stage: Stage) -> str:
    """ChatGPT goes on only when the caller has the first delta."""
    seen = []
    for path in (RESPONSES, CHAT, NATIVE):
        arrived = asyncio.Event()

        async def script(peer: Peer, arrived: asyncio.Event = arrived) -> None:
            await peer.send(EVENTS + chunk(events(*opened(), delta("first "))))
            await arrived.wait()
            await peer.send(chunk(events(delta("second"), completed())) + LAST_CHUNK)

        stage.lane.play(script)
        async with asyncio.timeout(10), connected(stage.product) as caller:
            await caller.send(stage.request(stage.body(path=path), path))
            reply = await caller.head()
            async for piece in caller.pieces(reply):
                reply.body += piece
                if b"first" in reply.body:
                    arrived.set()
        success(reply, "first second")
        seen.append(path)
    return f"the first delta arrives while the second is held back, on {len(seen)} routes"


ROWS = (
    Row(39, "Set-Cookie, internal headers", "they are absent", internal_headers),
    Row(
        40, "gzip bomb as an answer", "502; memory is bounded", packed_answer, alone=True, slow=True
    ),
    Row(41, "2.4 MB of headers", "502", large_headers),
    Row(42, "invalid UTF-8 in a delta", "valid UTF-8, the rest of the text", invalid_utf8),
    Row(43, "slow first byte", "it is waited for; others are served", slow_first_byte, alone=True),
    Row(44, "buffering", "the first delta at once", first_delta_at_once),
)
