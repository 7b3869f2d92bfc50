"""The connections of one client: the youngest idle one is used first, the oldest is closed."""

import asyncio
from collections import defaultdict

from codex2api.upstream.wire.connection import Connection
from codex2api.upstream.wire.dial import Origin, dial


class Pool:
    """Lends connections; there is no limit to their number.

    Args:
        connect_timeout: Seconds for one connection, TLS included. One that stands has as long to
            acknowledge something of a request: if it does not, its path has died.
        keep_idle: Seconds that an unused one is kept.

    Attributes:
        dialled: How many were made so far.
    """

    def __init__(self, *, connect_timeout: float, keep_idle: float) -> None:
        self._connect_timeout = connect_timeout
        self._keep_idle = keep_idle
        self._idle: defaultdict[Origin, list[tuple[float, Connection]]] = defaultdict(list)
        self._open: set[Connection] = set()
        self._sweep: asyncio.TimerHandle | None = None
        self.dialled = 0

    @property
    def standing(self) -> tuple[int, int]:
        """How many are open, and how many of these lie idle."""
        # One that the other side has closed lies with the idle ones until it would be lent.
        idle = [each for kept in self._idle.values() for _, each in kept if each in self._open]
        return len(self._open), len(idle)

    async def lend(self, origin: Origin) -> Connection:
        """A connection for one exchange.

        Raises:
            TransportError: None can be made.
            TimeoutError: Not in time.
        """
        idle = self._idle[origin]
        while idle:
            _, connection = idle.pop()
            if connection.usable:
                return connection
        async with asyncio.timeout(self._connect_timeout):
            self.dialled += 1
            return await dial(origin, lambda: Connection(self._open, self._connect_timeout))

    def take_back(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection for the next exchange if it is fit for one, else close it."""
        if not connection.rest():
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        self._idle[origin].append((loop.time(), connection))
        if self._sweep is None:
            self._sweep = loop.call_later(self._keep_idle, self._close_idle)

    def forget_idle(self, origin: Origin) -> None:
        """Close the connections that lie idle."""
        for _, connection in self._idle.pop(origin, []):
            connection.abort()

    async def close(self) -> None:
        """Close every connection, in use or not, and see it gone."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        self._idle.clear()
        for connection in list(self._open):
            connection.abort()
        # A transport says farewell in the next round of the loop.
        while self._open:  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0)

    def _close_idle(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() - self._keep_idle
        for idle in self._idle.values():
            while idle and idle[0][0] <= due:
                idle.pop(0)[1].abort()
        oldest = min((idle[0][0] for idle in self._idle.values() if idle), default=None)
        again = None if oldest is None else oldest + self._keep_idle
        self._sweep = None if again is None else loop.call_at(again, self._close_idle)
