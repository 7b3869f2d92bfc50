"""Stored chat completions in the database."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, select, update

from codex2api.conversations import Page, Reader, Slice, StoredCompletion
from codex2api.store.engine import Database
from codex2api.store.rows import packer, part_of, seen_by, unpacked
from codex2api.store.tables import COMPLETION_LABELS as LABELS, COMPLETIONS as C

_FIELDS = ("id", "owner", "created", "model", "metadata", "body", "messages")
_COLUMNS = [C.c[name] for name in _FIELDS]


class SqlCompletions:
    """A ``CompletionStore``.

    Args:
        database: Where they are.
        lifetime: Seconds until a completion is forgotten.
        now: Unix seconds.
    """

    def __init__(self, database: Database, lifetime: int, now: Callable[[], float]) -> None:
        self._database = database
        self.lifetime = lifetime
        self._now = now
        self._packed = packer()

    async def add(self, completion: StoredCompletion) -> None:
        """Keep a new completion."""
        row: dict[str, Any] = {name: getattr(completion, name) for name in _FIELDS}
        row["metadata"] = dict(completion.metadata)
        row["expires"] = int(self._now()) + self.lifetime

        def work(connection: Connection) -> None:
            texts = {
                "body": self._packed(completion.body),
                "messages": self._packed(completion.messages),
            }
            connection.execute(insert(C), row | texts)
            _label(connection, completion.id, completion.metadata)

        await self._database.write(work)

    async def find(self, reader: Reader, name: str) -> StoredCompletion | None:
        """The completion of this name, if the reader may see it."""
        query = select(*_COLUMNS).where(C.c.id == name, self._visible(reader))
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else _stored(row)

    async def list(
        self, reader: Reader, page: Page, model: str | None, metadata: Mapping[str, str]
    ) -> Slice[StoredCompletion]:
        """Part of the reader's completions: of one model, with these metadata among theirs."""
        query = select(*_COLUMNS).where(self._visible(reader))
        if model is not None:
            query = query.where(C.c.model == model)
        for name, value in metadata.items():
            query = query.where(C.c.id.in_(_labelled(name, value)))
        rows, has_more = await self._database.read(
            lambda connection: part_of(connection, query, page, C.c.number, C.c.id)
        )
        return Slice([_stored(row) for row in rows], has_more)

    async def describe(
        self, reader: Reader, name: str, metadata: Mapping[str, str]
    ) -> StoredCompletion | None:
        """Replace its metadata; the completion as it is then."""
        query = (
            update(C)
            .where(C.c.id == name, self._visible(reader))
            .values(metadata=dict(metadata))
            .returning(*_COLUMNS)
        )

        def work(connection: Connection) -> StoredCompletion | None:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            connection.execute(delete(LABELS).where(LABELS.c.completion_id == name))
            _label(connection, name, metadata)
            return _stored(row)

        return await self._database.write(work)

    async def remove(self, reader: Reader, name: str) -> bool:
        """Forget a completion; whether there was one."""
        query = delete(C).where(C.c.id == name, self._visible(reader))

        def work(connection: Connection) -> bool:
            return connection.execute(query).rowcount > 0

        return await self._database.write(work)

    def _visible(self, reader: Reader) -> ColumnElement[bool]:
        return (C.c.expires > int(self._now())) & seen_by(reader, C.c.owner)


def _label(connection: Connection, name: str, metadata: Mapping[str, str]) -> None:
    if metadata:
        rows = [{"completion_id": name, "name": key, "value": metadata[key]} for key in metadata]
        connection.execute(insert(LABELS), rows)


def _labelled(name: str, value: str) -> Select[tuple[str]]:
    return select(LABELS.c.completion_id).where(LABELS.c.name == name, LABELS.c.value == value)


def _stored(row: Row[Any]) -> StoredCompletion:
    fields = dict(zip(_FIELDS, row, strict=True))
    texts = {"body": unpacked(fields["body"]), "messages": unpacked(fields["messages"])}
    return StoredCompletion(**fields | texts)
