"""Conversations in the database."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from codex2api.conversations import Page, Reader, Slice, StoredConversation, StoredItem
from codex2api.store.engine import Database
from codex2api.store.rows import part_of, seen_by
from codex2api.store.tables import CONVERSATION_ITEMS as I, CONVERSATIONS as C

_COLUMNS = (C.c.id, C.c.owner, C.c.created, C.c.metadata)


def append_items(connection: Connection, conversation: str, items: Sequence[StoredItem]) -> None:
    """Add items to a conversation, unless it was deleted meanwhile."""
    there = select(C.c.id).where(C.c.id == conversation).with_for_update(read=True)
    if not items or connection.execute(there).one_or_none() is None:
        return
    rows = [{"conversation_id": conversation, "id": it.id, "item": it.item} for it in items]
    connection.execute(insert(I), rows)


class SqlConversations:
    """A ``ConversationStore``.

    Args:
        database: Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, conversation: StoredConversation, items: Sequence[StoredItem]) -> None:
        """Keep a new conversation."""
        row = {
            "id": conversation.id,
            "owner": conversation.owner,
            "created": conversation.created,
            "metadata": dict(conversation.metadata),
        }

        def work(connection: Connection) -> None:
            connection.execute(insert(C), row)
            append_items(connection, conversation.id, items)

        await self._database.write(work)

    async def find(self, reader: Reader, name: str) -> StoredConversation | None:
        """The conversation of this name, if the reader may see it."""
        query = select(*_COLUMNS).where(_visible(reader, name))
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else StoredConversation(*row)

    async def describe(
        self, reader: Reader, name: str, metadata: Mapping[str, str]
    ) -> StoredConversation | None:
        """Replace its metadata; the conversation as it is then."""
        query = (
            update(C)
            .where(_visible(reader, name))
            .values(metadata=dict(metadata))
            .returning(*_COLUMNS)
        )

        def work(connection: Connection) -> StoredConversation | None:
            row = connection.execute(query).one_or_none()
            return None if row is None else StoredConversation(*row)

        return await self._database.write(work)

    async def remove(self, reader: Reader, name: str) -> bool:
        """Forget a conversation with all its items; whether there was one."""
        query = delete(C).where(_visible(reader, name))

        def work(connection: Connection) -> bool:
            return connection.execute(query).rowcount > 0

        return await self._database.write(work)

    async def add_items(self, name: str, items: Sequence[StoredItem]) -> None:
        """Append items."""

        def work(connection: Connection) -> None:
            append_items(connection, name, items)

        await self._database.write(work)

    async def items(self, name: str, page: Page) -> Slice[StoredItem]:
        """Part of its items."""
        query = select(I.c.id, I.c.item).where(I.c.conversation_id == name)
        rows, has_more = await self._database.read(
            lambda connection: part_of(connection, query, page, I.c.number, I.c.id)
        )
        return Slice([StoredItem(row.id, row.item) for row in rows], has_more)

    async def all_items(self, name: str) -> Sequence[StoredItem]:
        """All its items, oldest first."""
        query = select(I.c.id, I.c.item).where(I.c.conversation_id == name).order_by(I.c.number)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [StoredItem(row.id, row.item) for row in rows]

    async def item(self, name: str, item: str) -> StoredItem | None:
        """One of its items."""
        query = select(I.c.id, I.c.item).where(_is_item(name, item)).order_by(I.c.number).limit(1)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else StoredItem(row.id, row.item)

    async def remove_item(self, name: str, item: str) -> bool:
        """Forget one of its items; whether there was one."""
        query = delete(I).where(_is_item(name, item))

        def work(connection: Connection) -> bool:
            return connection.execute(query).rowcount > 0

        return await self._database.write(work)


def _visible(reader: Reader, name: str) -> ColumnElement[bool]:
    return (C.c.id == name) & seen_by(reader, C.c.owner)


def _is_item(conversation: str, item: str) -> ColumnElement[bool]:
    return (I.c.conversation_id == conversation) & (I.c.id == item)
