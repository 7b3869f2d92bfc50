"""The database: opened once, brought up to date, written to by one hand at a time."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from codex2api.errors import ApiError, Kind
from codex2api.store.durable import make_private
from codex2api.store.tables import HEAD, METADATA

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # With WAL, NORMAL survives a killed process, FULL a power cut too.
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 30000",
    "PRAGMA foreign_keys = ON",
    # What is deleted was somebody's words.
    "PRAGMA secure_delete = ON",
)

_READS = {"codex2api_reads": True}

_MOST_TOGETHER = 256
"""Changes that share a transaction: enough to pay the disk once, few enough to repeat singly."""

_MIGRATING = 0x636F6465
"""The number of our advisory lock on PostgreSQL."""

ResultT = TypeVar("ResultT")
Work = Callable[[AsyncConnection], Awaitable[ResultT]]

_log = structlog.get_logger()


class Database:
    """One database, SQLite or PostgreSQL.

    Args:
        engine: From ``sqlite`` or SQLAlchemy itself.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: deque[tuple[Work[Any], asyncio.Future[Any]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Make the tables, or bring them up to date; of several processes, one does it.

        Raises:
            ApiError: The database cannot be used.
        """
        with _told():
            async with self._engine.begin() as connection:
                if connection.dialect.name == "postgresql":
                    lock = text("SELECT pg_advisory_xact_lock(:number)")
                    await connection.execute(lock, {"number": _MIGRATING})
                await connection.run_sync(_bring_up_to_date)

    async def close(self) -> None:
        """Finish what was begun, and close every connection."""
        if self._writer is not None:
            await self._writer
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading, each statement by itself.

        Raises:
            ApiError: The database failed.
        """
        with _told():
            async with self._engine.connect() as connection:
                yield await connection.execution_options(**_READS)

    async def write(self, work: Work[ResultT]) -> ResultT:
        """Do changes in a transaction, which all who come meanwhile share; durable on return.

        Args:
            work: Does the changes; if those of another fail, it is done again by itself.

        Raises:
            ApiError: The database failed; nothing was changed.
        """
        done: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write_all())
        with _told():
            return await done

    async def _write_all(self) -> None:
        while self._waiting:
            count = min(len(self._waiting), _MOST_TOGETHER)
            together = [self._waiting.popleft() for _ in range(count)]
            if not await self._commit(together) and count > 1:
                for one in together:
                    await self._commit([one], last_try=True)

    async def _commit(
        self, together: list[tuple[Work[Any], asyncio.Future[Any]]], *, last_try: bool = False
    ) -> bool:
        """Whether it worked; who is alone, or at the last try, is told if it did not."""
        try:
            async with self._engine.begin() as connection:
                results = [await work(connection) for work, _ in together]
        except Exception as error:  # noqa: BLE001 (told to whoever waits for it)
            if last_try or len(together) == 1:
                for _, done in together:
                    if not done.done():
                        done.set_exception(error)
            return False
        for (_, done), result in zip(together, results, strict=True):
            if not done.done():
                done.set_result(result)
        return True


def sqlite(path: Path) -> AsyncEngine:
    """An engine on a SQLite file, which is made, private, if it is not there."""
    make_private(path.parent)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", pool_size=3, max_overflow=2, hide_parameters=True
    )
    event.listen(engine.sync_engine, "connect", _prepare)
    event.listen(engine.sync_engine, "begin", _begin)
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


@contextmanager
def _told() -> Iterator[None]:
    """A failure of the database as ours; its own text may quote what was to be stored."""
    try:
        yield
    except SQLAlchemyError as error:
        _log.error("store.failed", reason=str(getattr(error, "orig", None) or type(error)))
        raise ApiError(
            Kind.INTERNAL,
            "The database of this server failed; its log says how.",
            code="storage_failed",
        ) from None


def _bring_up_to_date(connection: Connection) -> None:
    found = _revision(connection)
    if found is None:
        METADATA.create_all(connection)
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
    elif found < HEAD:
        _migrate(connection)
    elif found > HEAD:
        _log.warning("store.newer", found=found, known=HEAD)


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def _migrate(connection: Connection) -> None:
    # Alembic is large, and needed once a release.
    from codex2api.store.migrations import upgrade  # noqa: PLC0415

    upgrade(connection)
