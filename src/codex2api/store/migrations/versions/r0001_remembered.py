"""The first tables: responses, conversations, chat completions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    _responses()
    _conversations()
    _completions()


def _responses() -> None:
    op.create_table(
        "responses",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("previous_id", sa.String),
        sa.Column("conversation_id", sa.String),
        sa.Column("runner", sa.String),
        sa.Column("input", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("events", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_responses"),
    )
    op.create_index("ix_responses_expires", "responses", ["expires"])
    op.create_index("ix_responses_runner", "responses", ["runner"])
    op.create_table(
        "response_items",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("response_id", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("id", "response_id", name="pk_response_items"),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["responses.id"],
            name="fk_response_items_response_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_response_items_response_id", "response_items", ["response_id"])


def _conversations() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_table(
        "conversation_items",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("item", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_conversation_items"),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_conversation_items_conversation_id",
            ondelete="CASCADE",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_conversation_items_conversation_id_number",
        "conversation_items",
        ["conversation_id", "number"],
    )
    op.create_index("ix_conversation_items_id", "conversation_items", ["id"])


def _completions() -> None:
    op.create_table(
        "completions",
        sa.Column("number", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.String, nullable=False),
        sa.Column("owner", sa.String, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("model", sa.String, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("messages", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_completions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_completions_id", "completions", ["id"], unique=True)
    op.create_index("ix_completions_owner", "completions", ["owner"])
    op.create_index("ix_completions_expires", "completions", ["expires"])
    op.create_table(
        "completion_labels",
        sa.Column("completion_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("completion_id", "name", name="pk_completion_labels"),
        sa.ForeignKeyConstraint(
            ["completion_id"],
            ["completions.id"],
            name="fk_completion_labels_completion_id",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_completion_labels_name_value", "completion_labels", ["name", "value"])
