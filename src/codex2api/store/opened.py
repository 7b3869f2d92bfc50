"""The opened database: its stores, and the broom that removes what is over."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from codex2api.errors import ApiError
from codex2api.store.completions import SqlCompletions
from codex2api.store.conversations import SqlConversations
from codex2api.store.engine import Database, SqliteDatabase, failed, sqlite
from codex2api.store.files import SqlFiles
from codex2api.store.keys import SqlKeys
from codex2api.store.ledger import SqlLedger, forgetting_calls
from codex2api.store.responses import SqlResponses
from codex2api.store.rows import forgetting
from codex2api.store.runner import LockedRunners, Runners
from codex2api.store.tables import COMPLETIONS, RESPONSES

_EVERY = 600.0
"""Seconds between two rounds; what is over is not shown in any case."""

_AT_FIRST = 10.0
"""Seconds until the first round: a server that starts has better things to do."""

_AT_ONCE = 200
"""Rows a transaction, so that nobody has to wait for the broom."""

_DAY = 86_400

_log = structlog.get_logger()


class OpenState:
    """Everything that is remembered.

    Args:
        database: Open.
        folder: Where files lie besides.
        runners: The processes beside this one.
        lifetime: Seconds that responses and chat completions are kept.
        now: Unix seconds.
        ledger_days: How long calls are remembered.
        owns_database: Whether to close it in the end.
    """

    def __init__(
        self,
        database: Database,
        folder: Path,
        runners: Runners,
        lifetime: int,
        now: Callable[[], float],
        ledger_days: int,
        *,
        owns_database: bool = True,
    ) -> None:
        self._database = database
        self._owns_database = owns_database
        self._runners = runners
        self._now = now
        self._ledger_days = ledger_days
        self.ledger = SqlLedger(database)
        self.responses = SqlResponses(database, lifetime, now, runners.is_alive)
        self.conversations = SqlConversations(database)
        self.completions = SqlCompletions(database, lifetime, now)
        self.keys = SqlKeys(database)
        self.files = SqlFiles(database, folder / "files", runners, now)
        self._broom = asyncio.create_task(self._sweep_for_ever())

    def begin_running(self) -> str:
        """The name of this process among those that work on background responses."""
        return self._runners.begin()

    def keep_for(self, lifetime: int) -> None:
        """Keep what comes from now on for so many seconds."""
        self.responses.lifetime = self.completions.lifetime = lifetime

    async def close(self) -> None:
        """Finish what was begun, and close the database, unless others share it."""
        self._broom.cancel()
        await asyncio.wait([self._broom])
        if self._owns_database:
            await self._database.close()
        await self._runners.end()

    async def forget_expired(self) -> int:
        """Remove what is over; how many rows there were."""
        now = self._now()
        works = [forgetting(table, int(now), _AT_ONCE) for table in (RESPONSES, COMPLETIONS)]
        last = round((now - self._ledger_days * _DAY) * 1000)
        works.append(forgetting_calls(last, _AT_ONCE))
        total = 0
        for work in works:
            gone = _AT_ONCE
            while gone == _AT_ONCE:
                gone = await self._database.write(work)
                total += gone
        return total + await self.files.forget_expired()

    async def _sweep_for_ever(self) -> None:
        pause = _AT_FIRST
        while True:
            await asyncio.sleep(pause)
            pause = _EVERY
            try:
                gone = await self.forget_expired()
            except ApiError:  # the log has it; the next round may do better
                gone = 0
            if gone:
                _log.info("store.forgotten", rows=gone)


async def open_state(
    path: Path, lifetime: int, now: Callable[[], float], ledger_days: int = 90
) -> OpenState:
    """Open the database on this machine, made or brought up to date if need be.

    Raises:
        ApiError: It cannot be used.
    """
    try:
        database = SqliteDatabase(sqlite(path))
    except OSError as error:  # a read-only folder: answers go on without being kept
        _log.error("store.failed", reason=error.strerror)
        raise failed() from None
    try:
        await database.open()
    except ApiError:
        await database.close()
        raise
    runners = LockedRunners(path.parent)
    state = OpenState(database, path.parent, runners, lifetime, now, ledger_days)
    await state.files.sweep()
    return state


async def open_shared_state(
    database: Database,
    folder: Path,
    lifetime: int,
    now: Callable[[], float],
    ledger_days: int = 90,
) -> OpenState:
    """The same in a database that replicas share; so they do the folder, if files are to be seen.

    Raises:
        ApiError: It cannot be used now.
    """
    # It brings SQLAlchemy's PostgreSQL along, which takes memory where there is none.
    from codex2api.store.heartbeat import HeartbeatRunners  # noqa: PLC0415

    runners = HeartbeatRunners(database)
    await runners.start()
    state = OpenState(database, folder, runners, lifetime, now, ledger_days, owns_database=False)
    try:
        await state.files.sweep()
    except ApiError:
        await state.close()
        raise
    return state
