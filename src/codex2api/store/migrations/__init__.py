"""Migrations of the database, run by Alembic inside a transaction that is already begun.

A new database does not need them: it is made from ``store/tables.py`` and stamped. To add one,
write ``versions/r0002_….py`` by hand, change the tables, and let the tests compare the two.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Bring an older database up to date."""
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent))
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")
