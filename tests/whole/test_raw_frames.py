"""WebSocket frames as no library would send them (row 85), against the whole product."""

import asyncio
import base64
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE = 30
LIMIT = 100_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home"), **{"server.maxFrameBytes": LIMIT}) as it:
        yield it


def frame(
    data: bytes, opcode: int = 1, *, fin: bool = True, mask: bool = True, size: int | None = None
) -> bytes:
    """A frame; ``size`` is the one that it claims to have."""
    claimed = len(data) if size is None else size
    head = bytes([(128 if fin else 0) | opcode])
    flag = 128 if mask else 0
    if claimed < 126:
        head += bytes([flag | claimed])
    elif claimed < 65_536:
        head += bytes([flag | 126]) + struct.pack(">H", claimed)
    else:
        head += bytes([flag | 127]) + struct.pack(">Q", claimed)
    return head + (bytes(4) if mask else b"") + data


@asynccontextmanager
async def upgraded(
    product: Served,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    parts = urlsplit(product.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
        f"Authorization: Bearer {product.key}\r\n\r\n".encode()
    )
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
    assert head.startswith(b"HTTP/1.1 101 ")
    try:
        yield reader, writer
    finally:
        writer.close()


async def closing_code(product: Served, *frames: bytes) -> int | None:
    """The code that the server closes with; ``None`` if it just closes."""
    async with upgraded(product) as (reader, writer):
        for each in frames:
            writer.write(each)
        head = await asyncio.wait_for(reader.readexactly(2), PATIENCE)
        assert head[0] == 128 | 8, "a close frame comes first"
        data = await asyncio.wait_for(reader.readexactly(head[1]), PATIENCE)
        return int.from_bytes(data[:2], "big") if data else None


BAD = {
    "unmasked": ([frame(b"{}", mask=False)], 1002),
    "a terabyte": ([frame(b"", size=1 << 40)], 1009),
    "too long by one": ([frame(b"", size=LIMIT + 1)], 1009),
    "too long in parts": ([frame(b"a" * 60_000, fin=False), frame(b"", 0, size=60_000)], 1009),
    "a reserved opcode": ([frame(b"{}", 3)], 1002),
    "a reserved bit": ([bytes([0xF1]) + frame(b"{}")[1:]], 1002),
    "a continuation of nothing": ([frame(b"{}", 0)], 1002),
    "a message inside another": ([frame(b"a", fin=False), frame(b"b")], 1002),
    "a long ping": ([frame(b"a" * 126, 9)], 1002),
    "a ping in parts": ([frame(b"a", 9, fin=False)], 1002),
    "a close code of nobody": ([frame(struct.pack(">H", 1005), 8)], 1002),
    "half a close code": ([frame(b"a", 8)], 1002),
    "no UTF-8": ([frame(b"\xff\xfe")], 1007),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_frame_closes_the_connection(product: Served, name: str) -> None:
    frames, code = BAD[name]
    assert await closing_code(product, *frames) == code


async def test_a_frame_that_never_ends_waits_for_nothing_but_its_bytes(product: Served) -> None:
    """As much as fits the limit is read; what is missing costs no memory."""
    async with upgraded(product) as (_, writer):
        writer.write(frame(b"a" * 10, size=LIMIT))
        await writer.drain()
    assert await closing_code(product, frame(b"\xff")) == 1007, "others are served meanwhile"
