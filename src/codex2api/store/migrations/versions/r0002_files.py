"""Uploaded files."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "files",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger),
        sa.Column("place", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_files"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_files_id", "files", ["id"], unique=True)
    op.create_index("ix_files_owner", "files", ["owner"])
    op.create_index("ix_files_expires", "files", ["expires"])
