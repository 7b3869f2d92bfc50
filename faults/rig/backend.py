"""A ChatGPT that does exactly as it is told, byte for byte; every account has a script of its own.

Backend and issuer share one port. Requests to the backend go to the lane that their account id
names, refreshes to the lane that their refresh token names, so that rows which run side by side
under accounts of their own cannot disturb each other.
"""

import asyncio
import json
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from faults.rig import secrets
from faults.rig.wire import answer, good


@dataclass
class Heard:
    """A request as it arrived; header names are in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """Its target, query included."""
        return self.line.split(" ")[1]

    def json(self) -> Any:
        """Its body, which must be strict JSON: no NaN, no infinity, no lone surrogate."""
        parsed = json.loads(self.body.decode("utf-8"), parse_constant=_no_constant)
        json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode("utf-8")
        return parsed


class Peer:
    """One connection, after its request was read.

    Attributes:
        heard: The request.
        sent: Bytes that the kernel has taken from us.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Heard
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.heard = heard
        self.sent = 0

    async def send(self, *parts: bytes) -> None:
        """Write, and wait until the other side can take more."""
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()
            self.sent += len(part)

    async def gone(self) -> float:
        """Wait until the other side closes; the time of it, by the monotonic clock."""
        try:
            while await self._reader.read(65536):
                pass
        except ConnectionError:
            pass
        return time.monotonic()

    def reset(self) -> None:
        """End with an RST."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def hurry(self) -> None:
        """Keep nothing in buffers of our own, so that ``sent`` is what the kernel took."""
        self._writer.transport.set_write_buffer_limits(0)


Script = Callable[[Peer], Awaitable[None]] | bytes
"""Bytes leave the connection open for the next request; after a function it is closed."""


@dataclass
class Lane:
    """One account's share of the backend and of the issuer.

    Attributes:
        scripts: One for each call; the last one stays.
        by_text: For calls whose body holds this text, instead of the others.
        issuer: The same for refreshes; ``None`` mints tokens.
        calls: What was asked of the backend, model lists apart.
        refreshes: Refresh tokens that were posted.
        spent: Those that cannot be used again.
        delay: Seconds until a refresh is answered.
        life: Seconds that a minted access token lives.
        identity: Whose tokens a refresh gives; the lane's own account by default.
    """

    account_id: str
    scripts: list[Script] = field(default_factory=lambda: [good()])
    by_text: dict[str, Script] = field(default_factory=dict)
    issuer: list[Script | None] = field(default_factory=lambda: [None])
    calls: list[Heard] = field(default_factory=list)
    refreshes: list[str] = field(default_factory=list)
    spent: set[str] = field(default_factory=set)
    delay: float = 0.0
    life: float = 86_400
    identity: str | None = None

    def play(self, *scripts: Script) -> None:
        """From now on, these."""
        self.scripts = list(scripts)

    def next_script(self, heard: Heard) -> Script:
        """What this call gets."""
        for text, script in self.by_text.items():
            if text.encode() in heard.body:
                return script
        return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]

    def next_refresh(self) -> Script | None:
        """What this refresh gets."""
        return self.issuer.pop(0) if len(self.issuer) > 1 else self.issuer[0]


@dataclass
class ScriptedChatGPT:
    """The server's address, and its lanes.

    Attributes:
        strangers: Calls for accounts that have no lane.
        exchanges: Authorization codes that were posted; ``good_ACCOUNT`` gets tokens.
    """

    url: str = ""
    lanes: dict[str, Lane] = field(default_factory=dict)
    strangers: list[Heard] = field(default_factory=list)
    exchanges: list[Heard] = field(default_factory=list)
    connections: int = 0

    @property
    def backend(self) -> str:
        """For ``backend.url``."""
        return f"{self.url}/backend-api"

    def lane(self, account_id: str) -> Lane:
        """The lane of an account, made when it is first asked for."""
        return self.lanes.setdefault(account_id, Lane(account_id))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        try:
            while (heard := await read_request(reader)) is not None:
                if not await self._answer(heard, Peer(reader, writer, heard)):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, heard: Heard, peer: Peer) -> bool:
        if heard.path == "/oauth/token":
            return await self._refresh(heard, peer)
        account_id = heard.headers.get("chatgpt-account-id")
        if account_id not in self.lanes:
            self.strangers.append(heard)
            return await _played(answer(404), peer)
        if "/codex/models" in heard.path:
            return await _played(answer(404), peer)
        lane = self.lanes[account_id]
        lane.calls.append(heard)
        return await _played(lane.next_script(heard), peer)

    async def _refresh(self, heard: Heard, peer: Peer) -> bool:
        if not heard.body.startswith(b"{"):
            return await self._exchange(heard, peer)
        token = heard.json()["refresh_token"]
        lane = self.lane(secrets.account_of(token))
        lane.refreshes.append(token)
        await asyncio.sleep(lane.delay)
        script = lane.next_refresh()
        return await _played(_minted(lane, token) if script is None else script, peer)

    async def _exchange(self, heard: Heard, peer: Peer) -> bool:
        self.exchanges.append(heard)
        code = parse_qs(heard.body.decode())["code"][0]
        if not code.startswith("good_"):
            return await _played(answer(400, b'{"error": "invalid_grant"}'), peer)
        lane = self.lane(code.removeprefix("good_"))
        return await _played(_minted(lane, code), peer)


def _minted(lane: Lane, token: str) -> bytes:
    if token in lane.spent:
        return answer(401, b'{"error": {"code": "refresh_token_reused"}}')
    lane.spent.add(token)
    whose = lane.identity or lane.account_id
    access = secrets.access_token(whose, lane.life)
    tokens = {
        "access_token": access,
        "id_token": access,
        "refresh_token": secrets.refresh_token(lane.account_id),
    }
    return answer(200, json.dumps(tokens).encode())


async def _played(script: Script, peer: Peer) -> bool:
    """Whether the connection may carry another request."""
    if isinstance(script, bytes):
        await peer.send(script)
        return True
    await script(peer)
    return False


async def read_request(reader: asyncio.StreamReader) -> Heard | None:
    """The next request of a well-behaved client, or ``None`` if it left."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    line, *rest = head.removesuffix("\r\n\r\n").split("\r\n")
    pairs = (entry.partition(":") for entry in rest)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Heard(line, headers, body)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


@asynccontextmanager
async def scripted(
    tls: ssl.SSLContext | None = None, port: int = 0
) -> AsyncIterator[ScriptedChatGPT]:
    """The server, until the block ends."""
    state = ScriptedChatGPT()
    async with listening(state.serve, tls, port) as found:
        state.url = f"https://localhost:{found}" if tls else f"http://127.0.0.1:{found}"
        yield state


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    tls: ssl.SSLContext | None = None,
    port: int = 0,
) -> AsyncIterator[int]:
    """A port; whatever is still under way at the end of the block is cancelled."""
    running: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        running.add(task)
        task.add_done_callback(running.discard)

    server = await asyncio.start_server(
        connected, "127.0.0.1", port, limit=2**25, ssl=tls, backlog=4096
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@asynccontextmanager
async def canary() -> AsyncIterator[ScriptedChatGPT]:
    """A server that nobody ought to connect to; it counts."""
    async with scripted() as state:
        yield state
