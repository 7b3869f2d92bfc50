"""The database of these settings, for commands: the one that a running server uses, too."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from codex2api.cli.terminal import command_logs

if TYPE_CHECKING:
    from codex2api.settings import Settings
    from codex2api.store.engine import Database


def has_database(settings: "Settings") -> bool:
    """Whether there may be anything in it; to look into one must not make it."""
    return settings.store.url is not None or settings.database.exists()


@asynccontextmanager
async def opened_database(settings: "Settings") -> "AsyncIterator[Database]":
    """Open the SQLite file, or the PostgreSQL that replicas share; it is closed in the end.

    Raises:
        ApiError: It cannot be used.
    """
    command_logs()
    database = _database(settings)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


def _database(settings: "Settings") -> "Database":
    if settings.store.url is None:
        from codex2api.store.durable import make_private
        from codex2api.store.engine import SqliteDatabase, sqlite

        make_private(settings.home)
        return SqliteDatabase(sqlite(settings.database))
    from codex2api.store.postgres import PostgresDatabase

    return PostgresDatabase(settings.store.url)
