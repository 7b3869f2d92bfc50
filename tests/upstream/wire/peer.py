"""A raw server, and a client of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from codex2api.upstream.cookies import FrontDoorCookies
from codex2api.upstream.wire.transport import Cookies, WireResponse, WireTransport
from tests.upstream.server import Peer

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

Script = Callable[[Peer], Awaitable[None]]


def sends(*parts: bytes) -> Script:
    async def script(peer: Peer) -> None:
        await peer.send(*parts)

    return script


@dataclass
class Served:
    """What a server heard: one list of requests for each connection."""

    url: str
    requests: list[list[bytes]] = field(default_factory=list)
    gone: asyncio.Queue[int] = field(default_factory=asyncio.Queue)

    @property
    def counts(self) -> list[int]:
        return [len(requests) for requests in self.requests]


@asynccontextmanager
async def listening(serve: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port; each connection is served once and then closed."""
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await serve(Peer(writer, reader))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def served(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Served]:
    """Answers each request with the script; ``gone`` gets each connection's number at its end."""

    async def serve(peer: Peer) -> None:
        number = len(state.requests)
        state.requests.append([])
        try:
            while True:
                state.requests[number].append(await _request(peer))
                await script(peer)
        finally:
            state.gone.put_nowait(number)

    state = Served("")
    async with listening(serve, tls) as port:
        state.url = f"{'https' if tls else 'http'}://localhost:{port}/where?a=b%20c"
        yield state


async def head_of(peer: Peer) -> bytes:
    return await peer._reader.readuntil(b"\r\n\r\n")


async def _request(peer: Peer) -> bytes:
    head = await head_of(peer)
    _, _, length = head.lower().partition(b"content-length: ")
    return head + await peer._reader.readexactly(int(length.split(b"\r")[0] or 0))


@asynccontextmanager
async def wired(
    *,
    keep_idle: float = 60,
    connect_timeout: float = 10,
    cookies: Cookies | None = None,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[WireTransport]:
    transport = WireTransport(
        connect_timeout=connect_timeout,
        keep_idle=keep_idle,
        cookies=FrontDoorCookies() if cookies is None else cookies,
        tls=tls,
    )
    try:
        yield transport
    finally:
        await transport.close()


async def body_of(response: WireResponse) -> bytes:
    pieces = []
    try:
        while piece := await response.read():
            pieces.append(piece)
    finally:
        response.close()
    return b"".join(pieces)


async def got(transport: WireTransport, url: str) -> bytes:
    return await body_of(await transport.request("GET", url, {}))
