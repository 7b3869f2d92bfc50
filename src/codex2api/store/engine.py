"""The database, and the one on this machine: written to by one hand at a time.

Work on it is written as plain functions of a connection, which run on SQLite and on PostgreSQL
(``store/postgres.py``). On SQLite they run in threads of their own, a whole transaction in one
step: that costs a third of handing over each statement.
"""

import asyncio
import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from codex2api.errors import ApiError, Kind
from codex2api.store.durable import make_private
from codex2api.store.revision import bring_up_to_date

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # With WAL, NORMAL survives a killed process, FULL a power cut too.
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
    # What is deleted was somebody's words.
    "PRAGMA secure_delete = ON",
)

_READS = {"codex2api_reads": True}

_READERS = 2

_MOST_TOGETHER = 256
"""Changes that share a transaction: enough to pay the disk once, few enough to repeat singly."""

ResultT = TypeVar("ResultT")
Work: TypeAlias = Callable[[Connection], ResultT]

_Outcome: TypeAlias = Callable[[asyncio.Future[Any]], None]
"""Tells whoever waits for some work how it went."""

_log = structlog.get_logger()


class Database(Protocol):
    """Where rows are kept, whichever database it is.

    Work may be done more than once before it counts, and must not remember that.
    """

    async def open(self) -> None:
        """Make the tables, or bring them up to date; of several processes, one does it.

        Raises:
            ApiError: The database cannot be used.
        """

    async def close(self) -> None:
        """Finish what was begun, and close every connection."""

    async def read(self, work: Work[ResultT]) -> ResultT:
        """What some queries tell; each sees the database as it is at that moment.

        Raises:
            ApiError: The database failed.
        """

    async def write(self, work: Work[ResultT]) -> ResultT:
        """Do changes in a transaction; durable on return.

        Raises:
            ApiError: The database failed; nothing was changed.
        """


class SqliteDatabase:
    """A ``Database`` on this machine.

    Args:
        engine: From ``sqlite``.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._readers = ThreadPoolExecutor(_READERS, "store-reads")
        self._writer = ThreadPoolExecutor(1, "store-writes")
        self._waiting: deque[tuple[Work[Any], asyncio.Future[Any]]] = deque()
        self._writing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """As the protocol says."""
        await self.write(bring_up_to_date)

    async def close(self) -> None:
        """As the protocol says."""
        if self._writing is not None:
            await self._writing
        await asyncio.to_thread(self._readers.shutdown)
        await asyncio.to_thread(self._writer.shutdown)
        self._engine.dispose()

    async def read(self, work: Work[ResultT]) -> ResultT:
        """As the protocol says."""
        with _told():
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._readers, self._read, work)

    async def write(self, work: Work[ResultT]) -> ResultT:
        """Do changes in a transaction, which all who come meanwhile share; durable on return.

        Args:
            work: Does the changes; if those of another fail, it is done again by itself, unless
                the database is locked.

        Raises:
            ApiError: The database failed; nothing was changed.
        """
        done: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        with _told():
            return await done

    def _read(self, work: Work[ResultT]) -> ResultT:
        with self._engine.connect().execution_options(**_READS) as connection:
            return work(connection)

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            count = min(len(self._waiting), _MOST_TOGETHER)
            together = [self._waiting.popleft() for _ in range(count)]
            works = [work for work, _ in together]
            outcomes = await loop.run_in_executor(self._writer, self._commit, works)
            for (_, done), outcome in zip(together, outcomes, strict=True):
                if not done.done():
                    outcome(done)

    def _commit(self, works: Sequence[Work[Any]]) -> list[_Outcome]:
        """Do all in one transaction, or else each in its own; how to tell those who wait."""
        try:
            with self._engine.begin() as connection:
                results = [work(connection) for work in works]
        except Exception as error:  # noqa: BLE001 (raised again where its caller waits)
            # Whoever waited in vain for the lock would wait as long for each of them again.
            if len(works) > 1 and not _is_locked(error):
                return [told for work in works for told in self._commit([work])]
            return [partial(_refuse, error) for _ in works]
        return [partial(_grant, result) for result in results]


def _is_locked(error: Exception) -> bool:
    """Whether somebody else did not let go of the database in time."""
    code: int = getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _grant(result: object, done: asyncio.Future[Any]) -> None:
    done.set_result(result)


def _refuse(error: Exception, done: asyncio.Future[Any]) -> None:
    done.set_exception(error)


def sqlite(path: Path) -> Engine:
    """An engine on a SQLite file, which is made, private, if it is not there."""
    make_private(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    engine = create_engine(
        f"sqlite:///{path}", pool_size=_READERS + 1, max_overflow=0, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: DBAPIConnection, _record: object) -> None:
    # Python's driver must not begin transactions by itself: it would begin ones that cannot wait.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("codex2api_reads"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def failed() -> ApiError:
    """What a caller is told; the log says more."""
    return ApiError(
        Kind.INTERNAL,
        "The database of this server failed; its log says how.",
        code="storage_failed",
    )


@contextmanager
def _told() -> Iterator[None]:
    """A failure of the database as ours; its own text may quote what was to be stored."""
    try:
        yield
    except SQLAlchemyError as error:
        _log.error("store.failed", reason=str(getattr(error, "orig", None) or type(error)))
        raise failed() from None
