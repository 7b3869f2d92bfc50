"""Which processes are alive, told by rows that each of them touches now and then.

All times are the database's: clocks of the machines may differ. Who has not been heard of for a
minute is dead, unless the database itself has just been started: then nobody could be heard.
"""

import asyncio
import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, Interval, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from codex2api.errors import ApiError
from codex2api.store.engine import Database
from codex2api.store.tables import RUNNERS as R

_LIFE = 60.0
_BEATS = 6
"""In a life."""

_REMEMBERED = 86_400.0
"""Seconds until the row of a dead process is removed."""


class HeartbeatRunners:
    """``Runners`` that share a PostgreSQL.

    Args:
        database: Where the rows are.
        life: Seconds without a sign after which a process is dead.
    """

    def __init__(self, database: Database, life: float = _LIFE) -> None:
        self._database = database
        self._life = life
        self.own = secrets.token_hex(8)
        self._beating: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Be known as alive from now on.

        Raises:
            ApiError: The database is away.
        """
        await self._database.write(self._beat)
        self._beating = asyncio.create_task(self._beat_for_ever())

    def begin(self) -> str:
        """The name of this process; it has been known since ``start``."""
        return self.own

    async def end(self) -> None:
        """Say that it no longer is; where nobody can be told, the others find out."""
        if self._beating is None:
            return
        self._beating.cancel()
        await asyncio.wait([self._beating])

        def work(connection: Connection) -> None:
            connection.execute(delete(R).where(R.c.name == self.own))

        try:
            await self._database.write(work)
        except ApiError:  # the log has it
            return

    async def is_alive(self, name: str) -> bool:
        """Whether the process of this name still runs."""
        if name == self.own:
            return True
        life = _seconds(self._life)
        heard = (R.c.seen > func.now() - life) | (
            func.pg_postmaster_start_time() > func.now() - life
        )
        query = select(R.c.name).where(R.c.name == name, heard)
        return await self._database.read(lambda connection: connection.scalar(query)) is not None

    def _beat(self, connection: Connection) -> None:
        known = insert(R).values(name=self.own, seen=func.now())
        connection.execute(
            known.on_conflict_do_update(constraint="pk_runners", set_={"seen": func.now()})
        )
        connection.execute(delete(R).where(R.c.seen < func.now() - _seconds(_REMEMBERED)))

    async def _beat_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._life / _BEATS)
            try:
                await self._database.write(self._beat)
            except ApiError:  # the log has it; there is time for some more tries
                continue


def _seconds(number: float) -> ColumnElement[timedelta]:
    return literal(timedelta(seconds=number), Interval)
