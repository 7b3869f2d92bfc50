"""One connection: a request out, its response in, then the next one."""

import asyncio
import socket
from typing import cast

from codex2api.upstream.keepalive import is_unheard
from codex2api.upstream.transport import DisconnectedError, TransportError
from codex2api.upstream.wire.message import Message

_MOST_UNREAD = 256 * 1024
"""Bytes at which reading pauses; it goes on when the reader has taken them."""


class Connection(asyncio.Protocol):
    """Carries one request at a time.

    Args:
        family: Where all open connections are, this one included as long as it is.
        unheard: Seconds in which the other side must acknowledge some of what it is sent.

    Attributes:
        reused: It has carried a request before.
    """

    def __init__(self, family: set["Connection"], unheard: float) -> None:
        self._family = family
        self._unheard = unheard
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._message: Message | None = None
        self._error: TransportError | TimeoutError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._watch: asyncio.TimerHandle
        self._paused = False
        self.reused = False

    async def exchange(self, request: bytes, patience: float) -> Message:
        """Send a request; the response, when its head is there.

        Waiting for it is waiting for a large request to be sent, too: an answer may come earlier.

        Raises:
            TransportError: There was none.
            TimeoutError: There was none in so many seconds.
        """
        message = self._message = Message()
        self._transport.write(request)
        self._look_later(self._loop.time() + patience)
        try:
            while not message.begun:
                await self._news()
        finally:
            self._watch.cancel()
        return message

    async def read(self, message: Message) -> bytes:
        """The next bytes of the response under way, ``b""`` at its end.

        Raises:
            TransportError: It broke off; only after what had arrived was returned.
        """
        while not (data := message.take()):
            if message.complete:
                return b""
            await self._news()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return data

    def rest(self) -> bool:
        """Forget the response that was read; whether another request may follow."""
        message, self._message = self._message, None
        self.reused = True
        fresh = self.usable and self._transport.get_write_buffer_size() == 0
        return fresh and message is not None and message.reusable and not self._paused

    @property
    def usable(self) -> bool:
        """Whether the other side still listens, as far as we have heard."""
        return not self._transport.is_closing()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection, with TLS if any, is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._socket: socket.socket = transport.get_extra_info("socket")
        self._family.add(self)

    def data_received(self, data: bytes) -> None:
        """Feed the response; what nobody asked for ends the connection."""
        message = self._message
        if message is None or message.complete:
            self.abort()
            return
        try:
            message.feed(data)
        except TransportError as error:
            self._error = error
            self.abort()
        if message.unread > _MOST_UNREAD and self.usable:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """The end of a body without a length, or of all hope for one with."""
        self._family.discard(self)
        if self._error is None:
            self._error = DisconnectedError("closed before the end of the answer")
            self._error.__cause__ = error
        if self._message is not None and error is None:
            self._message.end()
        self._wake()

    def _look_later(self, deadline: float) -> None:
        again = min(deadline, self._loop.time() + self._unheard)
        self._watch = self._loop.call_at(again, self._look, deadline)

    def _look(self, deadline: float) -> None:
        if self._message is not None and self._message.begun:
            return  # it came in the very round of the loop in which this was due
        if self._loop.time() >= deadline:
            self._error = TimeoutError("no answer in time")
        elif self.usable and is_unheard(self._socket, self._unheard):
            self._error = DisconnectedError("nothing is acknowledged")
        else:
            self._look_later(deadline)
            return
        self.abort()

    def _news(self) -> asyncio.Future[None]:
        """Done when something has come; a future itself, because a coroutine costs each wait."""
        if self._error is not None:
            raise self._error
        self._waiter = self._loop.create_future()
        return self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
