"""The tables of a database: made, brought up to date, or left as a newer version made them."""

import structlog
from sqlalchemy import Connection, text

from codex2api.store.tables import METADATA
from codex2api.store.version import HEAD

_LOCK = 0x636F646578326170
"""Any number that no other program on that PostgreSQL would think of."""

_log = structlog.get_logger()


def bring_up_to_date(connection: Connection) -> None:
    """Do what is missing, in the transaction of this connection; others wait for its end.

    A database that a newer version has made is served as it is: migrations only add.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
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
    from codex2api.store.migrations import upgrade  # noqa: PLC0415 (large; needed once a release)

    upgrade(connection)
