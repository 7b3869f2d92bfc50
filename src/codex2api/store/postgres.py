"""The database that replicas share: PostgreSQL, which may go away and come back at any time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from codex2api.errors import ApiError
from codex2api.store import postgres_errors as failures
from codex2api.store.engine import ResultT, Work
from codex2api.store.revision import bring_up_to_date

_CONNECT_TIMEOUT = 5.0
_COMMAND_TIMEOUT = 15.0
_CONNECTIONS = 10
"""At most, for each process; opened when they are needed. PostgreSQL takes 100 by default."""

_REST = 1.0
"""Seconds without a try after one that got no answer at all, so that not every caller waits."""

_log = structlog.get_logger()


class PostgresDatabase:
    """A ``Database`` for several processes, on several machines.

    It is opened by whoever needs it first, so that a server can start before its database does. A
    connection that was lost is replaced, and what had not been committed is done again, once.

    Args:
        url: As libpq takes it; several hosts are tried until one takes writes.

    Attributes:
        is_read_only: Whether it was there when it was last asked, and took no writes.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=partial(self._connect, _COMMAND_TIMEOUT),
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_CONNECT_TIMEOUT,
            pool_recycle=1800,
            hide_parameters=True,
        )
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._opening = asyncio.Lock()
        self._opened = False
        self._resting_until = 0.0
        self._away = False
        self.is_read_only = False

    async def open(self) -> None:
        """As the protocol says; once is enough."""
        if self._opened:
            return
        async with self._opening:
            if not self._opened:
                with self._told():
                    await self._bring_up_to_date()
                self._opened = True

    async def close(self) -> None:
        """As the protocol says."""
        await self._engine.dispose()

    async def read(self, work: Work[ResultT]) -> ResultT:
        """As the protocol says."""
        return await self._do(partial(self._query, work))

    async def write(self, work: Work[ResultT]) -> ResultT:
        """As the protocol says.

        It runs in the event loop's thread, between two answers of the database at a time.

        Raises:
            ApiError: ``STORAGE_UNAVAILABLE`` while the database is away; if it went away during
                the commit, nobody knows whether that was done.
        """
        result = await self._do(partial(self._transaction, work))
        self.is_read_only = False
        return result

    async def _do(self, attempt: Callable[[], Awaitable[ResultT]]) -> ResultT:
        await self.open()
        with self._told():
            try:
                return await attempt()
            except Exception as error:
                if not failures.may_be_repeated(error):
                    raise
                if failures.is_read_only(error):
                    # New connections look for who takes writes; old ones end with their use.
                    await self._engine.dispose()
            return await attempt()

    async def _query(self, work: Work[ResultT]) -> ResultT:
        async with self._reading.connect() as connection:
            return await connection.run_sync(work)

    async def _transaction(self, work: Work[ResultT]) -> ResultT:
        async with self._engine.connect() as connection:
            result = await connection.run_sync(work)
            try:
                await connection.commit()
            except Exception as error:
                raise failures.CommitError from error
            return result

    async def _bring_up_to_date(self) -> None:
        """On a connection of its own, for a migration may take its time."""
        engine: AsyncEngine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=partial(self._connect, None),
            pool_size=1,
            hide_parameters=True,
        )
        try:
            async with engine.begin() as connection:
                await connection.run_sync(bring_up_to_date)
        finally:
            await engine.dispose()

    async def _connect(self, command_timeout: float | None) -> Any:
        # A standby would answer, and lose at the next refresh what cannot be had twice.
        wanted = None if "target_session_attrs" in self._url else "read-write"
        return await asyncpg.connect(
            self._url,
            timeout=_CONNECT_TIMEOUT,
            command_timeout=command_timeout,
            target_session_attrs=wanted,
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """A failure of the database as ours; going away and coming back are logged once each."""
        if time.monotonic() < self._resting_until:
            raise failures.away()
        try:
            yield
        except ApiError:
            raise
        except Exception as error:
            told = failures.as_ours(error)
            if told is None:
                raise
            self._note(error, told)
            raise told from None
        else:
            if self._away:
                self._away = False
                _log.warning("store.back")

    def _note(self, error: Exception, told: ApiError) -> None:
        reason = failures.reason(error)
        if not failures.is_away(told):
            _log.error("store.failed", reason=reason)
        elif not self._away:
            self._away = True
            _log.error("store.away", reason=reason)
        self.is_read_only = failures.is_read_only(error)
        if failures.is_silence(error):
            self._resting_until = time.monotonic() + _REST
