"""Responses in the database."""

from collections.abc import Awaitable, Callable, Mapping, Sequence, Set as AbstractSet
from typing import Any

from sqlalchemy import (
    CTE,
    Column,
    ColumnElement,
    Connection,
    Row,
    delete,
    insert,
    literal,
    select,
    update,
)

from codex2api.conversations import Reader, StoredItem, StoredResponse, interrupted
from codex2api.protocol import json
from codex2api.store.conversations import append_items
from codex2api.store.engine import Database
from codex2api.store.rows import packer, seen_by, unpacked
from codex2api.store.tables import (
    CONVERSATION_ITEMS,
    CONVERSATIONS,
    RESPONSE_ITEMS,
    RESPONSES as R,
)

_DAY = 86_400

_WITHOUT_EVENTS = (
    "id",
    "owner",
    "created",
    "status",
    "input",
    "body",
    "previous_id",
    "conversation_id",
    "runner",
)
_FIELDS = (*_WITHOUT_EVENTS, "events")


class SqlResponses:
    """A ``ResponseStore``.

    Args:
        database: Where they are.
        lifetime: Seconds until a response is forgotten.
        now: Unix seconds.
        is_alive: Whether the process of this name still runs.
    """

    def __init__(
        self,
        database: Database,
        lifetime: int,
        now: Callable[[], float],
        is_alive: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._database = database
        self.lifetime = lifetime
        self._now = now
        self._is_alive = is_alive
        self._packed = packer()

    async def add(self, response: StoredResponse, output: Sequence[StoredItem] = ()) -> None:
        """Keep a new response, and its ancestors with it."""
        expires = int(self._now()) + self.lifetime
        row = {name: getattr(response, name) for name in _FIELDS} | {"expires": expires}

        def work(connection: Connection) -> None:
            texts = {"input": self._packed(response.input), "body": self._packed(response.body)}
            connection.execute(insert(R), row | texts)
            _settle(connection, response, output)
            if response.previous_id is not None:
                _keep_ancestors(connection, response.previous_id, expires)

        await self._database.write(work)

    async def finish(self, response: StoredResponse, output: Sequence[StoredItem] = ()) -> bool:
        """Give a response that was under way its end."""
        changes = {"status": response.status, "events": response.events, "runner": None}
        under_way = (R.c.id == response.id) & R.c.runner.is_not(None)

        def work(connection: Connection) -> bool:
            changes["body"] = self._packed(response.body)
            changed = connection.execute(update(R).where(under_way).values(changes))
            if changed.rowcount == 0:
                return False
            _settle(connection, response, output)
            return True

        return await self._database.write(work)

    async def find(self, reader: Reader, name: str) -> StoredResponse | None:
        """The response of this name, if the reader may see it."""
        query = select(*_columns(_FIELDS)).where(R.c.id == name, self._visible(reader))
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        found = None if row is None else _stored(row)
        if found is None or found.runner is None or await self._is_alive(found.runner):
            return found
        failed = interrupted(found)
        # Its process may have finished it just before it ended.
        return failed if await self.finish(failed) else await self.find(reader, name)

    async def given_up(self, names: AbstractSet[str]) -> AbstractSet[str]:
        """Which of these responses were cancelled, or forgotten."""
        query = select(R.c.id).where(R.c.id.in_(names), R.c.status != "cancelled")
        wanted = await self._database.read(lambda connection: connection.scalars(query).all())
        return names - set(wanted)

    async def chain(self, reader: Reader, name: str) -> Sequence[StoredResponse]:
        """A response after all its ancestors, oldest first."""
        chain = _ancestry(name)
        query = (
            select(*_columns(_WITHOUT_EVENTS))
            .join(chain, chain.c.id == R.c.id)
            .where(self._visible(reader))
            .order_by(chain.c.distance.desc())
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [_stored(row) for row in rows]

    async def output_items(self, reader: Reader, names: Sequence[str]) -> Mapping[str, bytes]:
        """Items of answers, and items of conversations, by their names; as JSON."""
        answers = (
            select(R.c.body)
            .join(RESPONSE_ITEMS, RESPONSE_ITEMS.c.response_id == R.c.id)
            .where(RESPONSE_ITEMS.c.id.in_(names), self._visible(reader))
            .distinct()
        )
        said = (
            select(CONVERSATION_ITEMS.c.id, CONVERSATION_ITEMS.c.item)
            .join(CONVERSATIONS)
            .where(CONVERSATION_ITEMS.c.id.in_(names), seen_by(reader, CONVERSATIONS.c.owner))
        )

        def work(connection: Connection) -> tuple[Sequence[bytes], dict[str, bytes]]:
            bodies = connection.execute(answers).scalars().all()
            return bodies, {row.id: row.item for row in connection.execute(said)}

        bodies, items = await self._database.read(work)
        wanted = set(names)
        for body in bodies:
            for item in json.decode(unpacked(body))["output"]:
                if item.get("id") in wanted:
                    items[item["id"]] = json.encode(item)
        return items

    async def remove(self, reader: Reader, name: str) -> bool:
        """Forget a response; whether there was one."""
        query = delete(R).where(R.c.id == name, self._visible(reader))

        def work(connection: Connection) -> bool:
            return connection.execute(query).rowcount > 0

        return await self._database.write(work)

    def _visible(self, reader: Reader) -> ColumnElement[bool]:
        return (R.c.expires > int(self._now())) & seen_by(reader, R.c.owner)


def _settle(connection: Connection, response: StoredResponse, output: Sequence[StoredItem]) -> None:
    """What hangs on a response: the names of its items, and its part of a conversation."""
    if response.output_ids:
        names = dict.fromkeys(response.output_ids)
        rows = [{"id": name, "response_id": response.id} for name in names]
        connection.execute(insert(RESPONSE_ITEMS), rows)
    if response.conversation_id is not None:
        append_items(connection, response.conversation_id, output)


def _keep_ancestors(connection: Connection, name: str, expires: int) -> None:
    # A day more than needed, so that a long conversation touches each of them once a day.
    chain = _ancestry(name)
    query = (
        update(R)
        .where(R.c.id.in_(select(chain.c.id)), R.c.expires < expires)
        .values(expires=expires + _DAY)
    )
    connection.execute(query)


def _ancestry(name: str) -> CTE:
    """The names of a response and its ancestors, with their distance from it."""
    chain = (
        select(R.c.id, R.c.previous_id, literal(0).label("distance"))
        .where(R.c.id == name)
        .cte("chain", recursive=True)
    )
    before = select(R.c.id, R.c.previous_id, chain.c.distance + 1).join(
        chain, R.c.id == chain.c.previous_id
    )
    return chain.union_all(before)


def _columns(names: Sequence[str]) -> list[Column[Any]]:
    return [R.c[name] for name in names]


def _stored(row: Row[Any]) -> StoredResponse:
    fields = dict(zip(_FIELDS, row, strict=False))
    texts = {"input": unpacked(fields["input"]), "body": unpacked(fields["body"])}
    return StoredResponse(**fields | texts)
