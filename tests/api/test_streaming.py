"""The response to a streaming caller: held back, kept alive, ended once."""

import asyncio
from contextlib import suppress

from starlette.types import Message

from codex2api.api.streaming import STREAM_HEADERS, SseResponse
from codex2api.protocol.sse import KEEPALIVE

EARLY = [(b"x-early", b"1")]


class Wire:
    """Records what is sent."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.beat = asyncio.Event()

    async def send(self, message: Message) -> None:
        self.messages.append(message)
        if message.get("body") == KEEPALIVE:
            self.beat.set()


async def test_headers_are_those_of_the_start() -> None:
    wire = Wire()
    async with SseResponse(wire.send, lambda: EARLY, keepalive=60) as sse:
        assert not sse.started
        await sse.start([(b"x-late", b"1")])
        await sse.write(b"data: 1\n\n")
        await sse.finish(b"data: 2\n\n")
    assert wire.messages == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [*STREAM_HEADERS, (b"x-late", b"1")],
        },
        {"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True},
        {"type": "http.response.body", "body": b"data: 2\n\n", "more_body": False},
    ]


async def test_silence_before_the_first_event_starts_the_response() -> None:
    wire = Wire()
    async with SseResponse(wire.send, lambda: EARLY, keepalive=0.01) as sse:
        await wire.beat.wait()
        assert sse.started
        await sse.start([(b"x-late", b"1")])
    assert wire.messages[0]["headers"] == [*STREAM_HEADERS, *EARLY]
    assert [m["type"] for m in wire.messages].count("http.response.start") == 1


async def test_silence_later_is_kept_alive_too() -> None:
    wire = Wire()
    async with SseResponse(wire.send, lambda: EARLY, keepalive=0.01) as sse:
        await sse.start([])
        await sse.write(b"data: 1\n\n")
        await wire.beat.wait()
        wire.beat.clear()
        await wire.beat.wait()


async def test_nothing_is_sent_after_the_block() -> None:
    wire = Wire()
    async with SseResponse(wire.send, lambda: EARLY, keepalive=0.01) as sse:
        await sse.start([])
        await sse.finish()
    sent = len(wire.messages)
    with suppress(TimeoutError):
        await asyncio.wait_for(wire.beat.wait(), 0.05)
    assert len(wire.messages) == sent


async def test_the_longest_pause_is_noted_and_comments_do_not_fill_it() -> None:
    wire = Wire()
    loop = asyncio.get_running_loop()
    async with SseResponse(wire.send, lambda: EARLY, keepalive=0.01) as sse:
        await wire.beat.wait()
        await sse.start([])
        assert sse.silence == 0  # nobody has heard of the answer yet
        began = loop.time()
        await sse.write(b"data: 1\n\n")
        for _ in range(3):
            wire.beat.clear()
            await wire.beat.wait()
        quiet = loop.time() - began
        await sse.write(b"data: 2\n\n")
        assert quiet / 2 < sse.silence <= loop.time() - began
        longest = sse.silence
        await sse.finish()
    assert sse.silence == longest


async def test_a_pause_before_the_end_counts() -> None:
    wire = Wire()
    async with SseResponse(wire.send, lambda: EARLY, keepalive=0.01) as sse:
        await sse.start([])
        await wire.beat.wait()
        await sse.finish()
    assert sse.silence > 0
