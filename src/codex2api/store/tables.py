"""The tables, for SQLite and PostgreSQL alike.

A change here needs a migration (``migrations/versions``); a test compares the two. Migrations only
add, so that an older version still works beside a newer one.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Number = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only where the type is INTEGER."""

RESPONSES = Table(
    "responses",
    METADATA,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("status", String, nullable=False),
    Column("previous_id", String),
    Column("conversation_id", String),
    Column("runner", String, index=True),
    Column("input", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("events", LargeBinary),
)

RESPONSE_ITEMS = Table(
    "response_items",
    METADATA,
    Column("id", String, primary_key=True),
    Column(
        "response_id",
        String,
        ForeignKey("responses.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)

CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("metadata", JSON, nullable=False),
)

CONVERSATION_ITEMS = Table(
    "conversation_items",
    METADATA,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column(
        "conversation_id",
        String,
        ForeignKey("conversations.id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("id", String, nullable=False),
    Column("item", LargeBinary, nullable=False),
    Index(None, "conversation_id", "number"),
    Index(None, "id"),
    sqlite_autoincrement=True,
)

COMPLETIONS = Table(
    "completions",
    METADATA,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True, index=True),
    Column("owner", String, nullable=False, index=True),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("model", String, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("messages", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

COMPLETION_LABELS = Table(
    "completion_labels",
    METADATA,
    Column(
        "completion_id",
        String,
        ForeignKey("completions.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
    Index(None, "name", "value"),
)
"""The metadata of completions once more, for looking them up: no two databases agree on JSON."""

FILES = Table(
    "files",
    METADATA,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True, index=True),
    Column("owner", String, nullable=False, index=True),
    Column("created", BigInteger, nullable=False),
    Column("name", String, nullable=False),
    Column("purpose", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("expires", BigInteger, index=True),
    Column("place", String, nullable=False),
    sqlite_autoincrement=True,
)
"""``place`` is the name of the content in the folder of files."""

CALLS = Table(
    "calls",
    METADATA,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False, index=True),
    Column("request_id", String, nullable=False),
    Column("method", String, nullable=False),
    Column("route", String, nullable=False),
    Column("asked_model", String),
    Column("model", String),
    Column("effort", String),
    Column("account", String),
    Column("key", String),
    Column("key_name", String),
    Column("input_tokens", BigInteger),
    Column("cached_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("reasoning_tokens", BigInteger),
    Column("estimated", Boolean, nullable=False),
    Column("first_ms", BigInteger),
    Column("total_ms", BigInteger, nullable=False),
    Column("status", Integer, nullable=False),
    Column("error", String),
    Column("client", String),
    sqlite_autoincrement=True,
)
"""The ledger: columns are named as the fields of ``CallRecord``."""

CLIENT_KEYS = Table(
    "client_keys",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True, index=True),
    Column("digest", LargeBinary, nullable=False),
    Column("tail", String, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("last_used", BigInteger),
    Column("grants", LargeBinary, nullable=False),
)
"""``digest`` is the SHA-256 of a key, which itself is nowhere; ``grants`` is JSON."""

KEY_COUNTS = Table(
    "key_counts",
    METADATA,
    Column("key_id", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("began", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
)
"""What keys have used in their present windows: one row a counter, however long it counts."""

VERSIONS = Table(
    "versions",
    METADATA,
    Column("name", String, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""How often something has changed, for those who want to know whether it has."""

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("label", String, primary_key=True),
    Column("revision", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Accounts of replicas; those of a single machine are token files.

``content`` is a token file, encrypted. ``revision`` is another random word after every change."""

CLAIMS = Table(
    "claims",
    METADATA,
    Column("name", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
"""What only one process may do at a time, who does it, and until when by the database's clock."""

RUNNERS = Table(
    "runners",
    METADATA,
    Column("name", String, primary_key=True),
    Column("seen", DateTime(timezone=True), nullable=False),
)
"""Processes of replicas, and when they were last heard of, by the database's clock."""
