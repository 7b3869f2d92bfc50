"""A raw connection to an application that answers as it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn

from codex2api.cli.server.http.connection import Connection
from codex2api.cli.server.listening import config_of
from codex2api.settings.schema import ServerSettings

PATIENCE = 30
HEAD = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n"
WHOLE = HEAD + b"\r\n"


START: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}


async def streamed(send: Any) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": b"/", "more_body": True})
    await asyncio.sleep(0.05)
    await send({"type": "http.response.body", "body": b"", "more_body": True})
    await send({"type": "http.response.body", "body": b"streamed"})


async def broken(_send: Any) -> None:
    raise RuntimeError("a bug")


async def broken_later(send: Any) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": b"/", "more_body": True})
    raise RuntimeError("a bug")


async def silent(_send: Any) -> None:
    return


async def forged(send: Any) -> None:
    await send({**START, "headers": [(b"x-one", b"1\r\nx-forged: 1")]})


async def short(send: Any) -> None:
    await send({**START, "headers": [(b"content-length", b"9")]})
    await send({"type": "http.response.body", "body": b"/"})


ODD: dict[str, Callable[[Any], Awaitable[None]]] = {
    "/streamed": streamed,
    "/broken": broken,
    "/broken-later": broken_later,
    "/silent": silent,
    "/forged": forged,
    "/short": short,
}


LEFT = asyncio.Event()
"""The caller of ``/watched`` was seen to leave."""


async def _watch(receive: Any, send: Any) -> None:
    LEFT.clear()
    await send(START)
    await send({"type": "http.response.body", "body": b"/", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass
    LEFT.set()


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the path; ``/deaf`` unread, ``/slow`` late, ``/begun`` in two parts.

    ``/count`` tells how many bytes the body had.
    """
    if scope["type"] == "lifespan":
        return
    if (odd := ODD.get(scope["path"])) is not None:
        await odd(send)
        return
    if scope["path"] == "/watched":
        await _watch(receive, send)
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(1)
    read, more = 0, scope["path"] != "/deaf"
    while more:
        message = await receive()
        read, more = read + len(message.get("body", b"")), message.get("more_body", False)
    body = str(read).encode() if scope["path"] == "/count" else scope["path"].encode()
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

    async def head(self) -> bytes:
        return await self._within(self._reader.readuntil(b"\r\n\r\n"))

    async def chunks(self) -> list[bytes]:
        """The body of an answer as it was cut."""
        await self.head()
        chunks: list[bytes] = []
        while size := int(await self._within(self._reader.readuntil(b"\r\n")), 16):
            chunks.append((await self._within(self._reader.readexactly(size + 2)))[:-2])
        await self._within(self._reader.readexactly(2))
        return chunks

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
async def listening(protocol: type[Connection]) -> AsyncIterator[Dial]:
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
