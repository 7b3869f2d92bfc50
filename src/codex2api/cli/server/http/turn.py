"""One request and its answer on a connection: ASGI's ``receive`` and ``send``."""

import asyncio
from typing import Protocol

import structlog
from starlette.types import ASGIApp, Message, Scope

from codex2api.cli.server.http.head import head_of

HIGH_WATER = 64 * 1024
"""Bytes of a body that wait for the application at the most, but for one read of the socket."""

_BUG = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"21")]

_log = structlog.get_logger("codex2api.server")


class Line(Protocol):
    """The connection, as a turn needs it.

    Attributes:
        write_paused: Whether the caller reads more slowly than we write.
    """

    write_paused: bool
    loop: asyncio.AbstractEventLoop

    @property
    def date(self) -> list[tuple[bytes, bytes]]:
        """The headers of every answer."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    async def drained(self) -> None:
        """Wait for a caller who reads slowly."""

    def read_on(self) -> None:
        """Read the body on, if that was paused."""

    def answered(self, *, keeps: bool) -> None:
        """The answer is over; whether the connection stays open."""

    def cut(self) -> None:
        """End the connection, in the middle of an answer if there is one."""


class Turn:
    """A request that is being answered.

    Args:
        line: Where it came from.
        scope: What was asked.
        keeps: Whether the caller would keep the connection.
        expects: The caller waits to be told to go on before they send the body.
    """

    __slots__ = (
        "_body",
        "_chunked",
        "_expects",
        "_head",
        "_left",
        "_line",
        "_news",
        "_scope",
        "_waiter",
        "complete",
        "gone",
        "keeps",
        "more",
        "started",
    )

    def __init__(self, line: Line, scope: Scope, *, keeps: bool, expects: bool) -> None:
        self._line = line
        self._scope = scope
        self._expects = expects
        self._body = b""
        self._head = b""  # kept back, so that it goes out with what follows it
        self._left: int | None = 0  # bytes of the answer's body, if that is known
        self._chunked = False
        self._news = False
        self._waiter: asyncio.Future[None] | None = None
        self.keeps = keeps
        self.more = True
        self.gone = False  # nobody listens any more
        self.started = False
        self.complete = False

    async def run(self, app: ASGIApp) -> None:
        """Have the application answer; one that does not answer, or not to the end, is cut."""
        try:
            await app(self._scope, self.receive, self.send)
        except BaseException as error:  # the border: whatever happened, half an answer is cut
            if not isinstance(error, asyncio.CancelledError):
                _log.error("server.bug", exc_info=error)
            await self._fail()
            if not isinstance(error, Exception):
                raise
        else:
            if not self.complete and not self.gone:
                await self._fail()

    async def _fail(self) -> None:
        if self.started or self.gone:
            self._flush()
            self._line.cut()
            return
        self.keeps = False
        await self.send({"type": "http.response.start", "status": 500, "headers": _BUG})
        await self.send({"type": "http.response.body", "body": b"Internal Server Error"})

    def feed(self, data: bytes) -> bool:
        """More of the request's body; whether that is enough for now."""
        self._body = self._body + data if self._body else data
        self.wake()
        return len(self._body) > HIGH_WATER

    def end(self) -> None:
        """The request is whole."""
        self.more = False
        self.wake()

    def leave(self) -> None:
        """The caller has gone, or is not to be answered."""
        self.gone = True
        self.wake()

    def wake(self) -> None:
        """There is something to be received."""
        self._news = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def receive(self) -> Message:
        """As ASGI has it."""
        if self._expects and not self.started:
            self._expects = False
            self._line.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not (self.gone or self.complete):
            self._line.read_on()
            if not self._news:
                await self._wait()
            self._news = False
        if self.gone or self.complete:
            return {"type": "http.disconnect"}
        body, self._body = self._body, b""
        return {"type": "http.request", "body": body, "more_body": self.more}

    async def send(self, message: Message) -> None:
        """As ASGI has it.

        Raises:
            RuntimeError: This message cannot follow the last one.
            ValueError: A header cannot be sent.
        """
        if self._line.write_paused and not self.gone:
            await self._line.drained()
        if self.gone:
            return
        if not self.started:
            self._start(message)
        elif self.complete or message["type"] != "http.response.body":
            raise RuntimeError(f"{message['type']} cannot follow what was sent.")
        else:
            self._write(message.get("body", b""), not message.get("more_body", False))

    def _start(self, message: Message) -> None:
        if message["type"] != "http.response.start":
            raise RuntimeError(f"{message['type']} cannot be the first message.")
        head = head_of(
            message["status"],
            [*self._line.date, *message.get("headers", ())],
            asked=self._scope,
            keeps=self.keeps,
        )
        self.started = True
        self._head, self.keeps = head.data, head.keeps
        self._left, self._chunked = head.length, head.chunked
        self._line.loop.call_soon(self._flush)

    def _write(self, body: bytes, last: bool) -> None:
        if self._scope["method"] == "HEAD":
            body = b""
        if self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (last and self._left):
                raise RuntimeError("The body has another length than its header says.")
        elif self._chunked:
            body = _chunk(body, last)
        if self._head:
            body, self._head = self._head + body, b""
        if body:
            self._line.write(body)
        if last:
            self.complete = True
            self.wake()
            self._line.answered(keeps=self.keeps)

    def _flush(self) -> None:
        if self._head and not self.gone:
            head, self._head = self._head, b""
            self._line.write(head)

    async def _wait(self) -> None:
        self._waiter = self._line.loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None


def _chunk(body: bytes, last: bool) -> bytes:
    """RFC 9112 section 7.1; an empty one would end the answer."""
    if not body:
        return b"0\r\n\r\n" if last else b""
    return b"%x\r\n%b\r\n%b" % (len(body), body, b"0\r\n\r\n" if last else b"")
