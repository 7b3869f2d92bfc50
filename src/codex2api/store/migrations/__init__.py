"""Migrations of the database, run by Alembic inside a transaction that is already begun.

A new database does not need them: it is made from ``store/tables.py`` and stamped. To add one,
write ``versions/rNNNN_….py`` by hand, change the tables, and let the tests compare the two.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring an older database up to date, or up to a revision."""
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, revision)


def revisions() -> list[str]:
    """All that there are, the oldest first."""
    scripts = ScriptDirectory.from_config(_configuration()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(Path(__file__).parent))
    return configuration
