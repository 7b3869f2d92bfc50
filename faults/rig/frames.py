"""WebSocket, frame by frame: right ones and wrong ones."""

import asyncio
import base64
import json
import os
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from faults.rig.caller import Caller, Reply, connected, no_secret
from faults.rig.product import Product

TEXT, BINARY, CLOSE, PING = 0x1, 0x2, 0x8, 0x9


def frame(opcode: int, payload: bytes = b"", *, masked: bool = True, final: bool = True) -> bytes:
    """One frame, as a client has to send it."""
    head = bytes([(0x80 if final else 0) | opcode])
    mark = 0x80 if masked else 0
    size = len(payload)
    if size < 126:
        head += bytes([mark | size])
    elif size < 65_536:
        head += bytes([mark | 126]) + struct.pack("!H", size)
    else:
        head += bytes([mark | 127]) + struct.pack("!Q", size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    # As one number: byte by byte, 17 MB would hold up the rows beside for seconds.
    masks = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload) ^ int.from_bytes(masks)
    return head + key + mixed.to_bytes(size)


def upgrade(product: Product, head: Sequence[str] = (), *, key: bool = True) -> bytes:
    """The handshake of the Responses route."""
    nonce = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /v1/responses HTTP/1.1",
        f"Host: {product.host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {nonce}",
        *([product.bearer] if key else []),
        *head,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def create() -> bytes:
    """The message that asks for an answer."""
    wish = {"type": "response.create", "model": "gpt-5.5", "input": "hi", "store": False}
    return frame(TEXT, json.dumps(wish).encode())


class Socket:
    """An open WebSocket."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def send(self, data: bytes) -> None:
        """Bytes, frames or not."""
        await self.caller.send(data)

    async def frame(self) -> tuple[int, bytes]:
        """The next frame; an end without one is an empty close frame."""
        reader = self.caller.reader
        try:
            first, second = await reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", await reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await reader.readexactly(8))
            payload = await reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return CLOSE, b""
        no_secret(Reply(body=payload))
        return first & 0x0F, payload

    async def close_code(self) -> int:
        """The code that it is closed with; 0 if the connection just ends."""
        while True:
            opcode, payload = await self.frame()
            if opcode == CLOSE:
                return int(struct.unpack("!H", payload[:2])[0]) if payload else 0


@asynccontextmanager
async def opened(product: Product, head: Sequence[str]) -> AsyncIterator[Socket]:
    """A WebSocket, until the block ends."""
    async with connected(product) as caller:
        await caller.send(upgrade(product, head))
        reply = await caller.head()
        assert reply.status == 101, f"{reply.status} in the place of 101"
        yield Socket(caller)
