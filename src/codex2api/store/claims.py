"""One at a time, across replicas: a row says who, and until when by the database's clock.

A holder says every few seconds that it still lives. One that dies or is cut off loses its claim
thirty seconds after its last sign: 27 by the row, and three more in which others look on, so that a
holder whose database was away longer than that comes first when it is back.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Interval, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from codex2api.errors import ApiError, Kind
from codex2api.store.engine import Database
from codex2api.store.tables import CLAIMS as C

_LIFE = 27.0
_GRACE = 3.0
_PATIENCE = 90.0
_FIRST_POLL, _LAST_POLL = 0.02, 0.25
_AGAIN = 1.0
"""Seconds until another try to say that we live."""


@dataclass(frozen=True, slots=True)
class _Renewal:
    """Says that we live. It is told to end: cancelled in a query, it would cost a connection."""

    over: asyncio.Event
    task: asyncio.Task[None]

    async def end(self) -> None:
        """No sign of life is under way any more."""
        self.over.set()
        await asyncio.wait([self.task])


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who else has a claim; equal as long as nothing was heard of them."""

    owner: str
    until: datetime
    expired: bool


class Claims:
    """Exclusive turns by name.

    Args:
        database: Where the rows are.
        owner: This process, by a name that no other has ever had.
        life: Seconds until a claim ends unless it is renewed.
        grace: Seconds that others look on before they take an ended claim.
    """

    def __init__(
        self, database: Database, owner: str, life: float = _LIFE, grace: float = _GRACE
    ) -> None:
        self._database = database
        self._owner = owner
        self._life = timedelta(seconds=life)
        self._grace = grace
        self._tasks: dict[str, asyncio.Lock] = {}
        self._kept: set[str] = set()
        self._renewing: dict[str, _Renewal] = {}

    @asynccontextmanager
    async def take(self, name: str, patience: float = _PATIENCE) -> AsyncIterator[None]:
        """Wait for the turn, and hold it inside the block.

        Args:
            name: Whose turn.
            patience: Seconds to wait for another replica.

        Raises:
            ApiError: The database is away, or another replica does not let go.
        """
        async with self._tasks.setdefault(name, asyncio.Lock()):
            await self._obtain(name, patience)
            self._kept.discard(name)
            self._renew(name)
            try:
                yield
            finally:
                if name not in self._kept:
                    await self._release(name)

    def keep(self, name: str) -> None:
        """Do not let go of it at the end of the block, but with ``let_go``."""
        self._kept.add(name)

    async def let_go(self, name: str) -> None:
        """End a claim that was kept, unless it is in use again."""
        if name in self._kept and not self._tasks[name].locked():
            async with self._tasks[name]:
                self._kept.discard(name)
                await self._release(name)

    async def close(self) -> None:
        """Renew nothing any more."""
        await asyncio.gather(*(renewal.end() for renewal in self._renewing.values()))

    async def _obtain(self, name: str, patience: float) -> None:
        began, pause = time.monotonic(), _FIRST_POLL
        suspect, since = None, 0.0
        while True:
            now = time.monotonic()
            over = suspect is not None and suspect.expired and now - since >= self._grace
            holder = await self._database.write(
                partial(self._claim, name, suspect if over else None)
            )
            if holder is None:
                return
            if holder != suspect:
                suspect, since = holder, now
            if now - began >= patience:
                raise _stuck(patience)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LAST_POLL)

    def _claim(self, name: str, suspect: _Holder | None, connection: Connection) -> _Holder | None:
        """Take it if it is free or ours, or if ``suspect`` has it who was not heard of."""
        ours = C.c.owner == self._owner
        if suspect is not None:
            silent = (C.c.owner == suspect.owner) & (C.c.until == suspect.until)
            ours = ours | (silent & (C.c.until < func.now()))
        wish = insert(C).values(name=name, owner=self._owner, until=self._end())
        taken = {"owner": wish.excluded.owner, "until": wish.excluded.until}
        query = wish.on_conflict_do_update(
            constraint="pk_claims", set_=taken, where=ours
        ).returning(C.c.name)
        if connection.execute(query).one_or_none() is not None:
            return None
        found = select(C.c.owner, C.c.until, C.c.until < func.now()).where(C.c.name == name)
        row = connection.execute(found).one_or_none()
        return _Holder(*row) if row else _Holder("", datetime.min, False)  # noqa: DTZ901 (let go just now)

    def _renew(self, name: str) -> None:
        if name not in self._renewing:
            over = asyncio.Event()
            task = asyncio.create_task(self._renew_until(over, name))
            self._renewing[name] = _Renewal(over, task)

    async def _renew_until(self, over: asyncio.Event, name: str) -> None:
        query = update(C).where(self._is_ours(name)).values(until=self._end())
        pause = self._life.total_seconds() / 3
        while not await _set_within(pause, over):
            pause = self._life.total_seconds() / 3
            try:
                await self._database.write(partial(_execute, query))
            except ApiError:  # the log has it
                pause = min(pause, _AGAIN)

    async def _release(self, name: str) -> None:
        renewal = self._renewing.pop(name, None)
        if renewal is not None:
            await renewal.end()
        try:
            await self._database.write(partial(_execute, delete(C).where(self._is_ours(name))))
        except ApiError:  # the log has it, and the claim ends by itself
            return

    def _is_ours(self, name: str) -> ColumnElement[bool]:
        return (C.c.name == name) & (C.c.owner == self._owner)

    def _end(self) -> ColumnElement[Any]:
        return func.now() + literal(self._life, Interval)


async def _set_within(seconds: float, event: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


def _execute(query: Any, connection: Connection) -> None:
    connection.execute(query)


def _stuck(patience: float) -> ApiError:
    return ApiError(
        Kind.STORAGE_UNAVAILABLE,
        f"Another replica has been refreshing this account for more than {patience:.0f} seconds. "
        "Try again a little later.",
        retry_after=5.0,
    )
