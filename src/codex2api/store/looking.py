"""A look into a database from outside: reads the version of its tables, and changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

from codex2api.errors import ApiError, Kind
from codex2api.store.version import HEAD

KNOWN = HEAD
"""The version of tables that this program makes."""

_PATIENCE = 5.0
_VERSION = "SELECT version_num FROM alembic_version"


def in_sqlite(path: Path) -> str | None:
    """The version of the tables in a file; ``None`` if it has none yet.

    Raises:
        ApiError: It cannot be read, or is no database.
    """
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=_PATIENCE)) as connection:
            has_tables = connection.execute(
                "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            ).fetchone()
            row = connection.execute(_VERSION).fetchone() if has_tables else None
    except sqlite3.Error as error:
        reason = f"The database {path} cannot be read: {error}."
        raise ApiError(Kind.INTERNAL, reason, code="storage_failed") from error
    return None if row is None else str(row[0])


async def in_postgres(url: str) -> str | None:
    """The version of the tables in a PostgreSQL; ``None`` if it has none yet.

    Raises:
        ApiError: It cannot be reached; nothing of the address is told.
    """
    import asyncpg  # noqa: PLC0415 (comes with an extra)

    try:
        connection = await asyncpg.connect(url, timeout=_PATIENCE, command_timeout=_PATIENCE)
        try:
            if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
                return None
            found = await connection.fetchval(_VERSION)
        finally:
            await connection.close(timeout=_PATIENCE)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        reason = f"The database of store.url cannot be used ({type(error).__name__})."
        raise ApiError(Kind.STORAGE_UNAVAILABLE, reason) from error
    return None if found is None else str(found)
