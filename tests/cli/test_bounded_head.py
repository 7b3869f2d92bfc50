"""What a stranger may send before it is a request: so much, and for so long."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import uvicorn

from codex2api.cli.server.bounded_head import BoundedHeadProtocol
from codex2api.cli.server.listening import config_of
from codex2api.settings.schema import ServerSettings

PATIENCE = 30
HEAD = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n"
WHOLE = HEAD + b"\r\n"
LARGE = b"x-large: " + b"a" * 70_000 + b"\r\n"


class Hasty(BoundedHeadProtocol):
    head_seconds = 0.3
    rest_seconds = 0.3


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the path; ``/deaf`` unread, ``/slow`` late, ``/begun`` in two parts."""
    if scope["type"] == "lifespan":
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    while scope["path"] != "/deaf" and (await receive()).get("more_body"):
        pass
    body = scope["path"].encode()
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if scope["path"] == "/begun":
        await send({"type": "http.response.body", "body": b"/", "more_body": True})
        await asyncio.sleep(1)
        body = body[1:]
    await send({"type": "http.response.body", "body": body})


class Wire:
    """One raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *pieces: bytes) -> None:
        with suppress(ConnectionError):  # the server may have heard enough
            for piece in pieces:
                self._writer.write(piece)
                await self._writer.drain()
                await asyncio.sleep(0.02)

    async def answer(self) -> tuple[int, bytes]:
        head = await self._within(self._reader.readuntil(b"\r\n\r\n"))
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(head.split()[1]), await self._within(self._reader.readexactly(length))

    async def begun(self) -> bytes:
        """The first byte of an answer's body."""
        await self._within(self._reader.readuntil(b"\r\n\r\n"))
        return await self._within(self._reader.readexactly(1))

    async def end(self) -> bytes:
        """All that comes until the server closes."""
        try:
            return await self._within(self._reader.read())
        except ConnectionError:
            return b""

    async def _within(self, waiting: Any) -> bytes:
        data: bytes = await asyncio.wait_for(waiting, PATIENCE)
        return data

    def close(self) -> None:
        self._writer.close()


Dial = Callable[[], Any]


@asynccontextmanager
async def listening(protocol: type[BoundedHeadProtocol]) -> AsyncIterator[Dial]:
    config = config_of(echo, ServerSettings(port=0))
    config.http, config.lifespan = protocol, "off"
    config.timeout_keep_alive = 1
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn tells it in no other way)
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    wires: list[Wire] = []

    async def dial() -> Wire:
        wires.append(Wire(*await asyncio.open_connection("127.0.0.1", port)))
        return wires[-1]

    try:
        yield dial
    finally:
        for wire in wires:
            wire.close()
        server.should_exit = True
        await task


def refusal(answer: tuple[int, bytes]) -> tuple[int, str]:
    return answer[0], json.loads(answer[1])["error"]["message"]


TOO_LARGE = (431, "The request line and headers are larger than 65,536 bytes.")


@pytest.mark.parametrize(
    "pieces",
    [
        [HEAD % b"" + LARGE + b"\r\n"],
        [HEAD % b"", LARGE + b"\r\n"],
        [HEAD % b"", *[b"x-%d: " % n + b"a" * 9_000 + b"\r\n" for n in range(8)]],
        [HEAD % (b"a" * 70_000) + b"\r\n"],
        [HEAD % b"" + b"x-endless: " + b"a" * 30_000, b"a" * 30_000, b"a" * 30_000],
        [WHOLE % b"first" + HEAD % b"" + LARGE + b"\r\n"],
    ],
    ids=["one-piece", "one-line", "many-lines", "url", "unfinished", "behind-another"],
)
async def test_a_head_that_is_too_large_is_refused(pieces: list[bytes]) -> None:
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        await wire.send(*pieces)
        answer = b"" if b"first" in pieces[0] else refusal(await wire.answer())

        assert answer in (b"", TOO_LARGE)
        assert b"200 OK\r\ncontent-length: 1\r\n" not in await wire.end()


async def test_what_is_just_small_enough_passes_beside_a_large_body() -> None:
    room = 65_536 - len(b"/") - len(b"host: localhost\r\n") - len(b"x: \r\n") - 60
    head = HEAD.replace(b"GET", b"POST") % b"" + b"x: " + b"a" * room
    head += b"\r\ncontent-length: 200000\r\n\r\n"
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        for _ in range(2):
            await wire.send(head + b"b" * 200_000)
            assert await wire.answer() == (200, b"/")


async def test_requests_in_one_piece_are_all_answered() -> None:
    post = HEAD.replace(b"GET", b"POST") % b"big" + b"content-length: 100000\r\n\r\n"
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        await wire.send(post + b"b" * 100_000 + WHOLE % b"one" + HEAD % b"two", b"\r\n")

        assert [await wire.answer() for _ in range(3)] == [
            (200, b"/big"),
            (200, b"/one"),
            (200, b"/two"),
        ]


@pytest.mark.parametrize("opening", [[], [b"\r\n"], [HEAD % b""], [WHOLE % b"first", HEAD % b""]])
async def test_a_head_that_does_not_come_ends_the_connection(opening: list[bytes]) -> None:
    async with listening(Hasty) as dial:
        wire = await dial()
        await wire.send(*opening)
        if len(opening) == 2:
            assert await wire.answer() == (200, b"/first")
        said = await wire.end()

    begun = bool(opening) and opening[-1] != b"\r\n"
    assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n") == begun
    assert begun or said == b""


async def test_dripping_does_not_help_and_disturbs_nobody() -> None:
    async with listening(Hasty) as dial:
        slow = await dial()
        await slow.send(HEAD % b"")
        heard = asyncio.create_task(slow.answer())
        drips = asyncio.create_task(slow.send(*[b"x-%d: 1\r\n" % n for n in range(100)]))
        other = await dial()
        await other.send(WHOLE % b"other")
        assert await other.answer() == (200, b"/other")
        assert (await heard)[0] == 408
        drips.cancel()
        await asyncio.gather(drips, return_exceptions=True)


async def test_a_further_head_may_wait_for_the_answer_before_it() -> None:
    async with listening(Hasty) as dial:
        wire = await dial()
        await wire.send(WHOLE % b"slow" + HEAD % b"")

        assert await wire.answer() == (200, b"/slow")
        assert (await wire.end()).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_was_refused_unread_is_not_awaited_for_ever() -> None:
    head = HEAD.replace(b"GET", b"POST") % b"deaf" + b"content-length: 100\r\n\r\n"
    async with listening(Hasty) as dial:
        dripping, finishing = await dial(), await dial()
        for wire in (dripping, finishing):
            await wire.send(head)
            assert await wire.answer() == (200, b"/deaf")
        await dripping.send(b"a")
        assert await dripping.end() == b""

        await finishing.send(b"a" * 100, WHOLE % b"next")
        assert await finishing.answer() == (200, b"/next")


async def test_an_idle_connection_ends_also_after_the_rest_of_a_body() -> None:
    head = HEAD.replace(b"GET", b"POST") % b"deaf" + b"content-length: 100\r\n\r\n"
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        await wire.send(head)
        assert await wire.answer() == (200, b"/deaf")
        await wire.send(b"a" * 100)

        assert await wire.end() == b""


CHUNKED = HEAD.replace(b"GET", b"POST") + b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("path", [b"read", b"deaf"])
@pytest.mark.parametrize("filler", [b"x-trailer: 1\r\n", b"a"], ids=["many", "one-endless"])
async def test_endless_trailers_end_the_connection(path: bytes, filler: bytes) -> None:
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        await wire.send(CHUNKED % path + b"1\r\na\r\n0\r\n", b"x-last: ")
        await wire.send(*[filler * (9_000 // len(filler))] * 30)
        assert b"/read" not in await wire.end()


async def test_trailers_are_no_headers_and_the_next_request_follows() -> None:
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        for _ in range(2):
            await wire.send(CHUNKED % b"read" + b"1\r\na\r\n", b"0\r\nx-api-key: stolen\r\n\r\n")
            assert await wire.answer() == (200, b"/read")


async def test_many_tiny_chunks_are_read() -> None:
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        await wire.send(CHUNKED % b"read", *[b"1\r\na\r\n" * 20_000] * 5, b"0\r\n\r\n")
        assert await wire.answer() == (200, b"/read")


@pytest.mark.parametrize(
    "line", [b"HELLO\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"]
)
async def test_what_is_no_http_is_refused_in_our_shape(line: bytes) -> None:
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        await wire.send(line)

        assert refusal(await wire.answer()) == (400, "This is no valid HTTP request.")
        await wire.send(b"and more", b"and more")
        assert await wire.end() == b""


async def test_an_answer_that_has_not_begun_gives_way(caplog: pytest.LogCaptureFixture) -> None:
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        await wire.send(WHOLE % b"slow", b"\x00garbage\r\n\r\n")

        assert refusal(await wire.answer()) == (400, "This is no valid HTTP request.")
        await asyncio.sleep(1)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_nothing_is_said_into_an_answer_that_has_begun() -> None:
    async with listening(BoundedHeadProtocol) as dial:
        wire = await dial()
        await wire.send(WHOLE % b"begun")
        assert await wire.begun() == b"/"
        await wire.send(b"\x00garbage\r\n\r\n")

        assert b"400" not in await wire.end()
