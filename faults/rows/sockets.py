"""Rows 84 to 86: the WebSocket."""

import asyncio
import json
import time

from faults import load
from faults.checks import check, refused
from faults.rig.backend import Peer, Script
from faults.rig.caller import Reply, connected
from faults.rig.frames import BINARY, CLOSE, PING, TEXT, create, frame, opened, upgrade
from faults.rig.wire import EVENTS, chunk, delta, events, good, opened as greeting
from faults.stage import Row, Stage

ENDS = ("response.completed", "response.incomplete", "response.failed", "error")

BROKEN: tuple[Script, ...] = tuple(
    script for name, script in load.TROUBLE.items() if name != load.LEAVES
)
"""Answers without an honest end of their own."""


async def handshakes(stage: Stage) -> str:
    """No key, wrong keys, pages of strangers, foreign hosts, other paths."""
    evil = [*stage.choosing, "Origin: https://evil.example"]
    cases = {
        "no key": (upgrade(stage.product, stage.choosing, key=False), 401),
        "a wrong key": (
            upgrade(stage.product, ["Authorization: Bearer sk-wrong"], key=False),
            401,
        ),
        "evil Origin": (upgrade(stage.product, evil), 403),
        "evil Origin, no key": (upgrade(stage.product, evil, key=False), 403),
        "Origin null": (upgrade(stage.product, [*stage.choosing, "Origin: null"]), 403),
        "cross-site": (
            upgrade(stage.product, [*stage.choosing, "Sec-Fetch-Site: cross-site"]),
            403,
        ),
        "key in the query": (
            upgrade(stage.product, key=False).replace(
                b"/v1/responses", f"/v1/responses?api_key={stage.product.key}".encode()
            ),
            401,
        ),
        "another path": (upgrade(stage.product).replace(b"/v1/responses", b"/v1/chat"), 426),
    }
    for name, (data, status) in cases.items():
        reply = await _answer(stage, data)
        limited = 429 if name == "a wrong key" else status  # after many of them
        check(reply.status in (status, limited), f"{name}: {reply.status}")
        if status != 426:
            refused(reply, status, limited)
    rebinding = upgrade(stage.product).replace(
        f"Host: {stage.product.host}".encode(), b"Host: evil.example"
    )
    check((await _answer(stage, rebinding)).status in (421, 403), "a foreign Host")
    return f"{len(cases) + 1} handshakes refused"


async def _answer(stage: Stage, data: bytes) -> Reply:
    async with connected(stage.product) as caller:
        await caller.send(data)
        reply = await caller.head()
        check(reply.status != 101, "the WebSocket is open")
        reply.body = b"".join([piece async for piece in caller.pieces(reply)])
        stage.tally.replies += 1
        return reply


async def bad_frames(stage: Stage) -> str:
    """Frames that break the protocol."""
    cases = {
        "unmasked": (frame(TEXT, b"{}", masked=False), (1002,)),
        "1 TB": (b"\x81\xff" + (2**40).to_bytes(8, "big") + b"abcd", (1009,)),
        "bad UTF-8": (frame(TEXT, b"\xff\xfe"), (1007,)),
        "opcode 3": (frame(0x3), (1002,)),
        "opcode B": (frame(0xB), (1002,)),
        "reserved bit": (b"\xf1\x80abcd", (1002,)),
        "long ping": (frame(PING, b"x" * 126), (1002,)),
        "ping in pieces": (frame(PING, b"x", final=False), (1002,)),
        "continuation of nothing": (frame(0x0, b"x"), (1002,)),
        "close of one byte": (frame(CLOSE, b"x"), (1002,)),
        "close 1005": (frame(CLOSE, (1005).to_bytes(2, "big")), (1002,)),
        "text inside of text": (
            frame(TEXT, b"{", final=False) + frame(TEXT, b"}"),
            (1002,),
        ),
        "no frames": (b"GET / HTTP/1.1\r\n\r\n", (1002,)),
        "17 MB in pieces": (
            frame(TEXT, b" " * 65_535, final=False)
            + b"".join(frame(0x0, b" " * 65_535, final=False) for _ in range(260)),
            (1009,),
        ),
    }
    seen = {}
    for name, (data, codes) in cases.items():
        async with opened(stage.product, stage.choosing) as socket, asyncio.timeout(10):
            stage.tally.inputs += 1
            sending = asyncio.create_task(socket.send(data))
            seen[name] = await socket.close_code()
            await asyncio.gather(sending, return_exceptions=True)
        check(seen[name] in codes, f"{name}: closed with {seen[name]}")
    return json.dumps(seen)


async def bad_messages(stage: Stage) -> str:
    """Messages that are no requests; then a caller who leaves in the middle of an answer."""
    messages = [b"", b"hello", b"[]", b"null", b"{}", b'{"type": 7}', b'{"type": "response.dream"}']
    messages += [b"[" * 100_000, b'{"type": "response.create", "response": 7}', b'{"a": 1e999}']
    answered = 0
    async with opened(stage.product, stage.choosing) as socket:
        for message in messages:
            await socket.send(frame(TEXT, message))
            stage.tally.inputs += 1
            async with asyncio.timeout(10):
                opcode, payload = await socket.frame()
            check(opcode == TEXT, f"closed after {message[:30]!r}: {payload!r}")
            event = json.loads(payload)
            check(event["type"] == "error", f"{message[:30]!r}: {event}")
            check(event.get("status", 400) < 500, f"{message[:30]!r}: {event}")
            answered += 1
        await socket.send(frame(BINARY, b"{}"))
    ends = [await _ending(stage, script) for script in BROKEN]
    check(not {"response.completed", "response.incomplete"} & set(ends), f"{ends}")
    check(await _ending(stage, good()) == "response.completed", "it no longer serves")
    took = await _gone(stage)
    told = f"{answered} error events, {len(ends)} broken answers end as {', '.join(set(ends))}"
    return f"{told}; gone: upstream closed after {took * 1000:.0f} ms"


async def _ending(stage: Stage, script: Script) -> str:
    """The last event of an answer over a WebSocket."""
    stage.lane.play(script)
    async with opened(stage.product, stage.choosing) as socket, asyncio.timeout(20):
        await socket.send(create())
        kinds: list[str] = []
        while not kinds or kinds[-1] not in ENDS:
            opcode, payload = await socket.frame()
            check(opcode == TEXT, f"closed: {payload!r}")
            kinds.append(json.loads(payload)["type"])
    return kinds[-1]


async def _gone(stage: Stage) -> float:
    left: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def script(peer: Peer) -> None:
        await peer.send(EVENTS + chunk(events(*greeting(), delta("half"))))
        left.set_result(await peer.gone())

    stage.lane.play(script)
    async with opened(stage.product, stage.choosing) as socket, asyncio.timeout(20):
        await socket.send(create())
        while b"half" not in (await socket.frame())[1]:
            pass
        socket.caller.close()
        began = time.monotonic()
        took = await left - began
    check(took < 1.0, f"the upstream call went on for {took:.1f} s")
    return max(took, 0.0)


ROWS = (
    Row(84, "WebSocket: no key, evil Origin", "401, 403", handshakes),
    Row(85, "WebSocket: unmasked, 1 TB, bad UTF-8, opcodes", "closed 1002, 1007, 1009", bad_frames),
    Row(86, "WebSocket: bad JSON; gone mid-stream", "an error event; cancelled", bad_messages),
)
