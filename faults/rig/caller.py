"""Raw callers: what is sent is exactly what was written, what comes back is looked at closely."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from faults.rig import secrets
from faults.rig.product import Product


@dataclass
class Reply:
    """An answer, or what there was of it.

    Attributes:
        whole: Whether it ended as HTTP says that it must, and not in the middle.
        seconds: From the request to the end.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = False
    seconds: float = 0.0

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)

    def error(self) -> dict[str, Any]:
        """The one OpenAI-shaped error object of a refusal; empty if it is none."""
        try:
            error = self.json()["error"]
        except (ValueError, KeyError, TypeError):
            return {}
        return error if isinstance(error, dict) else {}


class Leak(Exception):  # noqa: N818 - its text is what the person reads
    """A secret was in an answer."""


class Caller:
    """One connection to the product."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        """Write, and wait until it may go on."""
        self.writer.write(data)
        await self.writer.drain()

    async def head(self) -> Reply:
        """Status and headers of the next answer; an empty one if there is none."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Reply()
        line, *rest = head.decode("latin-1").strip().split("\r\n")
        pairs = (entry.partition(":") for entry in rest)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        return Reply(int(line.split(" ")[1]), headers)

    async def pieces(self, reply: Reply) -> AsyncIterator[bytes]:
        """The body as it arrives; ``reply.whole`` says afterwards whether it ended well."""
        try:
            if reply.headers.get("transfer-encoding") == "chunked":
                while size := int((await self.reader.readuntil(b"\r\n")).strip(), 16):
                    yield (await self.reader.readexactly(size + 2))[:-2]
                await self.reader.readexactly(2)
            elif length := int(reply.headers.get("content-length", "0")):
                yield await self.reader.readexactly(length)
            reply.whole = True
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            return

    async def reply(self, *, bodiless: bool = False) -> Reply:
        """The next answer, to its end; ``bodiless`` if it is one to HEAD.

        Raises:
            Leak: There is a secret in it.
        """
        began = time.monotonic()
        reply = await self.head()
        if reply.status and not bodiless:
            reply.body = b"".join([piece async for piece in self.pieces(reply)])
        reply.seconds = time.monotonic() - began
        no_secret(reply)
        return reply

    def close(self) -> None:
        """Leave."""
        self.writer.close()


def no_secret(reply: Reply) -> None:
    """See that nothing secret is in an answer.

    Raises:
        Leak: It is.
    """
    if leaked := secrets.found_in(repr(reply.headers).encode() + reply.body):
        raise Leak(f"secrets in an answer: {leaked}")


@asynccontextmanager
async def connected(product: Product, limit: int = 2**25) -> AsyncIterator[Caller]:
    """A connection, until the block ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", product.port, limit=limit)
    caller = Caller(reader, writer)
    try:
        yield caller
    finally:
        caller.close()


def request(
    product: Product,
    path: str = "/v1/chat/completions",
    body: bytes | None = None,
    head: Sequence[str] = (),
    method: str = "POST",
    *,
    kind: str | None = "application/json",
    host: str | None = None,
    key: bool = True,
) -> bytes:
    """A request as bytes, of which every part can be wrong."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {product.host if host is None else host}"]
    if key:
        lines.append(product.bearer)
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
        lines += [f"Content-Type: {kind}"] if kind else []
    text = "\r\n".join([*lines, *head]) + "\r\n\r\n"
    return text.encode("utf-8", "surrogateescape") + (body or b"")
