"""Work on the rows of accounts: plain functions of a connection."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from codex2api.accounts.account import Account
from codex2api.store.tables import ACCOUNTS as A


@dataclass(frozen=True, slots=True)
class Entry:
    """A row.

    Attributes:
        revision: Another one after every change.
        content: Encrypted.
    """

    revision: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mine:
    """Tokens that this process has refreshed.

    Attributes:
        entry: The row that holds them.
        over: Revisions of the rows that it takes the place of, and of no others: the one that these
            tokens were made of, and one of our own that was saved in between.
        shown: The account for those who ask, while the database has that row: not yet the new
            tokens, as long as there is hope that they are saved before they are used.
        is_saved: Whether the database has said that it has them.
    """

    account: Account
    entry: Entry
    over: tuple[str, ...]
    shown: Account
    is_saved: bool = False


class Save(Enum):
    """How saving went."""

    DONE = auto()
    OVERTAKEN = auto()
    """Somebody else has changed the row, or removed it: theirs is newer."""


def read_all(known: Mapping[str, str], connection: Connection) -> dict[str, Entry] | None:
    """All rows by label; ``None`` if their revisions are those that are known."""
    revisions = connection.execute(select(A.c.label, A.c.revision))
    if {row.label: row.revision for row in revisions} == known:
        return None
    rows = connection.execute(select(A.c.label, A.c.revision, A.c.content))
    return {row.label: Entry(row.revision, row.content) for row in rows}


def read_one(label: str, connection: Connection) -> Entry | None:
    """A row."""
    row = connection.execute(select(A.c.revision, A.c.content).where(A.c.label == label)).first()
    return None if row is None else Entry(row.revision, row.content)


def upsert(label: str, entry: Entry, connection: Connection) -> None:
    """Write a row, whatever there was before."""
    values = {"revision": entry.revision, "content": entry.content}
    query = insert(A).values(label=label, **values)
    connection.execute(query.on_conflict_do_update(constraint="pk_accounts", set_=values))


def save(label: str, mine: Mine, connection: Connection) -> tuple[Save, Entry | None]:
    """Write a row over the one that it was made from; how that went, and what is there then."""
    query = update(A).where(A.c.label == label, A.c.revision.in_(mine.over))
    new = {"revision": mine.entry.revision, "content": mine.entry.content}
    if connection.execute(query.values(new)).rowcount:
        return Save.DONE, mine.entry
    found = read_one(label, connection)
    # A commit of which we never heard may have been one.
    done = found is not None and found.revision == mine.entry.revision
    return (Save.DONE if done else Save.OVERTAKEN), found


def remove(label: str, connection: Connection) -> bool:
    """Delete a row; whether there was one."""
    return connection.execute(delete(A).where(A.c.label == label)).rowcount > 0


def reseal(label: str, old: Entry, content: bytes, connection: Connection) -> None:
    """Encrypt a row anew, unless it has changed; its revision stays, for it says the same."""
    query = update(A).where(A.c.label == label, A.c.revision == old.revision)
    connection.execute(query.where(A.c.content == old.content).values(content=content))
