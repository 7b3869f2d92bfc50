"""Requests byte by byte, as no client library would send them."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

PATIENCE = 30


async def said(url: str, *pieces: bytes) -> bytes:
    """All that a server answers until it closes, or until its first answer is whole."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
        return await asyncio.wait_for(_answers(reader), PATIENCE)
    finally:
        writer.close()


async def _answers(reader: asyncio.StreamReader) -> bytes:
    """What comes until the end, or until it is quiet behind a whole answer."""
    heard = b""
    with suppress(ConnectionError):
        while True:
            limit = 0.5 if b"\r\n\r\n" in heard else PATIENCE
            try:
                piece = await asyncio.wait_for(reader.read(65_536), limit)
            except TimeoutError:
                return heard
            if not piece:
                return heard
            heard += piece
    return heard


def statuses(heard: bytes) -> list[int]:
    """The statuses of all answers in it."""
    return [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]
