"""A scripted backend on a real socket: each connection gets the next script."""

import asyncio
import ctypes
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec

EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"
SO_ATTACH_FILTER = 26
LAST_CHUNK = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def sse(*events: dict[str, object]) -> bytes:
    return b"".join(b"data: " + msgspec.json.encode(event) + b"\n\n" for event in events)


def answer(
    status: int, body: bytes, kind: str = "application/json", headers: dict[str, str] | None = None
) -> bytes:
    lines = {"Content-Type": kind, "Content-Length": str(len(body))} | (headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body


def stream(body: bytes, headers: bytes = b"") -> bytes:
    return EVENTS + headers + b"\r\n" + chunk(body) + LAST_CHUNK


@dataclass
class Heard:
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]

    def json(self) -> dict[str, object]:
        return msgspec.json.decode(self.body)


class Peer:
    """One connection, after its request was read."""

    def __init__(self, writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> None:
        self._writer = writer
        self._reader = reader

    async def send(self, *parts: bytes) -> None:
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()

    async def gone(self) -> None:
        """Wait until the other side closes."""
        while await self._reader.read(65536):
            pass

    def reset(self) -> None:
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def vanish(self) -> None:
        """From now on nothing reaches this end, as after a change of networks; Linux only."""
        drop_all = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # BPF: return 0
        program = struct.pack("HP", 1, ctypes.addressof(drop_all))
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)


Script = Callable[[Peer], Awaitable[None]] | bytes


@dataclass
class Scripted:
    """The server's address, its scripts, and what it heard."""

    url: str = ""
    scripts: list[Script] = field(default_factory=list)
    models: bytes = b""
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    called: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def calls(self) -> list[Heard]:
        return [heard for heard in self.heard if heard.path.endswith("/codex/responses")]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (heard := await _read_request(reader)) is not None:
                self.heard.append(heard)
                await self._play(heard, Peer(writer, reader))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _play(self, heard: Heard, peer: Peer) -> None:
        if "/codex/models" in heard.path:
            await peer.send(self.models or answer(404, b"{}"))
            return
        self.called.set()
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        if isinstance(script, bytes):
            await peer.send(script)
        else:
            await script(peer)
            raise ConnectionError


async def _read_request(reader: asyncio.StreamReader) -> Heard | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    line, *rest = head.strip().split("\r\n")
    headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in rest)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Heard(line, headers, body)


@asynccontextmanager
async def scripted(*scripts: Script, models: bytes = b"") -> AsyncIterator[Scripted]:
    state = Scripted(scripts=list(scripts), models=models)
    running: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        await state.serve(reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**24)
    state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/backend-api"
    try:
        yield state
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
