"""The fast adapter: requests over pooled connections of our own."""

import ssl
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Protocol

from codex2api.upstream.transport import Connections, DisconnectedError
from codex2api.upstream.wire.connection import Connection
from codex2api.upstream.wire.dial import Origin
from codex2api.upstream.wire.message import Message
from codex2api.upstream.wire.pool import Pool
from codex2api.upstream.wire.request import Place, encode_request, locate

_MOST_PLACES = 64


class Cookies(Protocol):
    """Decides which cookies are kept, and for whom."""

    def take(self, lines: Sequence[str], url: str) -> None:
        """Hear the ``Set-Cookie`` lines of an answer from this address."""

    def header(self, url: str) -> str:
        """What a request to this address says in ``Cookie``; empty for nothing."""


class WireResponse:
    """An answer whose head has been read."""

    def __init__(
        self, message: Message, connection: Connection, origin: Origin, pool: Pool
    ) -> None:
        self.status = message.status
        self.headers: Mapping[str, str] = message.headers
        self._message = message
        self._connection: Connection | None = connection
        self._origin = origin
        self._pool = pool

    @property
    def ready(self) -> bool:
        """Whether ``read`` returns without waiting."""
        return self._message.ready

    def read(self) -> Coroutine[Any, Any, bytes]:
        """All bytes at hand, at least one; ``b""`` at the end of the body.

        Raises:
            TransportError: The body broke off. What had arrived before has been returned.
        """
        if self._connection is None:
            raise ValueError("read after close")
        return self._connection.read(self._message)

    def abort(self) -> None:
        """Close at once; a read that waits fails."""
        if self._connection is not None:
            self._connection.abort()

    def close(self) -> None:
        """Give the connection back if the whole message has arrived, else close it at once."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.take_back(self._origin, connection)


class WireTransport:
    """Plain HTTP/1.1 to whatever host the address names, directly.

    Args:
        connect_timeout: Seconds for one connection, TLS included; see ``Pool``.
        keep_idle: Seconds that an unused connection is kept.
        cookies: Kept between the calls.
        tls: Whom to trust; by default whom the system trusts.
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        keep_idle: float,
        cookies: Cookies,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._pool = Pool(connect_timeout=connect_timeout, keep_idle=keep_idle)
        self._cookies = cookies
        self._tls = tls
        self._places: dict[str, Place] = {}

    @property
    def connections(self) -> Connections:
        """How many there are."""
        opened, idle = self._pool.standing
        return Connections(busy=opened - idle, idle=idle, dialled=self._pool.dialled)

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        patience: float = 120.0,
    ) -> WireResponse:
        """The answer, as soon as its head is there; the caller closes it.

        ``patience`` is the longest wait for that head, in seconds.

        Raises:
            TransportError: There was none.
            TimeoutError: There was none in time, or no connection.
            ValueError: A header or the address cannot be sent.
        """
        place = self._place(url)
        data = encode_request(method, place, headers, self._cookies.header(url), body)
        connection = await self._pool.lend(place.origin)
        message: Message | None = None
        try:
            message = await connection.exchange(data, patience)
        except (DisconnectedError, TimeoutError):
            if connection.reused:
                # What ended this one (a restart, another network) will have ended those beside it,
                # too; a caller's few tries must not be spent on them.
                self._pool.forget_idle(place.origin)
            raise
        finally:
            if message is None:  # failed, or the caller left: the next one would get this answer
                connection.abort()
        if message.cookies:
            self._cookies.take(message.cookies, url)
        return WireResponse(message, connection, place.origin, self._pool)

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    def _place(self, url: str) -> Place:
        place = self._places.get(url)
        if place is None:
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            place = self._places[url] = locate(url, self._trusted)
        return place

    def _trusted(self) -> ssl.SSLContext:
        if self._tls is None:  # reading the system's certificates takes a while
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls
