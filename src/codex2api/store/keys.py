"""Client keys in the database.

A key itself never gets here: what is stored is its SHA-256, and it is looked up in memory, so it
can be read neither from a file nor from a query.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import BigInteger, Connection, Row, bindparam, case, delete, or_, select, update
from sqlalchemy.dialects import sqlite as sqlite_dialect

from codex2api.callers.counter import EVERYBODY, Addition, Count
from codex2api.callers.grants import Grants
from codex2api.callers.keys import ClientKey, KeyList
from codex2api.errors import ApiError, Kind
from codex2api.store.engine import Database
from codex2api.store.tables import CLIENT_KEYS, KEY_COUNTS, VERSIONS

_OURS = "client_keys"
"""Our row among the versions."""

_grants = msgspec.json.Decoder(Grants)

_log = structlog.get_logger()


class SqlKeys:
    """A ``KeyStore`` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, known: int | None = None) -> KeyList | None:
        """Everything, or ``None`` if the version is still the known one."""

        def work(connection: Connection) -> KeyList | None:
            version = _version(connection)
            if version == known:
                return None
            rows = connection.execute(select(CLIENT_KEYS).order_by(CLIENT_KEYS.c.name))
            counts = connection.execute(select(KEY_COUNTS))
            keys = [key for row in rows if (key := _readable(row)) is not None]
            return KeyList(version, keys, [Count(*row) for row in counts])

        return await self._database.read(work)

    async def add(self, key: ClientKey) -> None:
        """Keep a new key.

        Raises:
            ApiError: ``BAD_REQUEST``: its name is taken.
        """

        def work(connection: Connection) -> None:
            _touch(connection)
            if _row(connection, key.name) is not None:
                raise ApiError(
                    Kind.BAD_REQUEST,
                    f"There is an API key of the name '{key.name}' already.",
                    param="name",
                    code="name_taken",
                )
            connection.execute(CLIENT_KEYS.insert().values(id=key.id, **_values(key)))

        await self._database.write(work)

    async def change(self, name: str, change: Callable[[ClientKey], ClientKey]) -> ClientKey:
        """Put a key in the place of another that it is made from.

        Raises:
            ApiError: ``NOT_FOUND``.
        """

        def work(connection: Connection) -> ClientKey:
            _touch(connection)
            key = change(_found(connection, name))
            own = CLIENT_KEYS.c.id == key.id
            connection.execute(update(CLIENT_KEYS).where(own).values(**_values(key)))
            return key

        return await self._database.write(work)

    async def remove(self, name: str) -> ClientKey:
        """Forget a key and all that was counted for it.

        Raises:
            ApiError: ``NOT_FOUND``.
        """

        def work(connection: Connection) -> ClientKey:
            _touch(connection)
            row = _row(connection, name)
            if row is None:
                raise _unknown(name)
            connection.execute(delete(CLIENT_KEYS).where(CLIENT_KEYS.c.id == row.id))
            connection.execute(delete(KEY_COUNTS).where(KEY_COUNTS.c.key_id == row.id))
            return _key(row, Grants())

        return await self._database.write(work)

    async def count(
        self, additions: Sequence[Addition], seen: Mapping[str, int]
    ) -> Sequence[Count]:
        """Add to counters, and take down when keys were used; what those counters say now."""

        def work(connection: Connection) -> list[Count]:
            for key_id, moment in sorted(seen.items()):  # in order, or replicas could deadlock
                own = CLIENT_KEYS.c.id == key_id
                connection.execute(update(CLIENT_KEYS).where(own).values(last_used=moment))
            there = _there(connection, {each.owner for each in additions})
            ordered = sorted(additions, key=lambda each: (each.owner, each.kind))
            return [_counted(connection, each) for each in ordered if each.owner in there]

        return await self._database.write(work)


def _version(connection: Connection) -> int:
    query = select(VERSIONS.c.number).where(VERSIONS.c.name == _OURS)
    return connection.execute(query).scalar_one_or_none() or 0


def _touch(connection: Connection) -> None:
    """Say that keys have changed; of several who do so at once, the others wait."""
    new = _insert(connection)(VERSIONS).values(name=_OURS, number=1)
    more = {"number": VERSIONS.c.number + 1}
    connection.execute(new.on_conflict_do_update(index_elements=["name"], set_=more))


def _counted(connection: Connection, addition: Addition) -> Count:
    new = _insert(connection)(KEY_COUNTS).values(
        key_id=addition.owner, kind=addition.kind, began=addition.began, total=addition.first
    )
    began, total = KEY_COUNTS.c.began, KEY_COUNTS.c.total
    slack = bindparam("slack", addition.slack, BigInteger)
    span = bindparam("span", addition.span, BigInteger)
    fresh = or_(new.excluded.began > began + slack, new.excluded.began < began - span)
    earlier = new.excluded.began < began - slack
    more = bindparam("more", addition.more, BigInteger)
    changes = {
        "began": case((fresh, new.excluded.began), else_=began),
        "total": case((fresh, new.excluded.total), (earlier, total), else_=total + more),
    }
    told = new.on_conflict_do_update(index_elements=["key_id", "kind"], set_=changes)
    return Count(*connection.execute(told.returning(*KEY_COUNTS.c)).one())


def _insert(connection: Connection) -> Any:
    """``INSERT … ON CONFLICT``, which both databases have, and SQLAlchemy has for each."""
    if connection.dialect.name == "postgresql":
        # Three megabytes that nobody needs who has SQLite.
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert
    return sqlite_dialect.insert


def _there(connection: Connection, owners: set[str]) -> set[str]:
    """Those that may be counted for: a key that is gone leaves nothing behind."""
    query = select(CLIENT_KEYS.c.id).where(CLIENT_KEYS.c.id.in_(owners))
    return {EVERYBODY, *connection.execute(query).scalars()}


def _row(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(CLIENT_KEYS).where(CLIENT_KEYS.c.name == name)).one_or_none()


def _found(connection: Connection, name: str) -> ClientKey:
    row = _row(connection, name)
    if row is None:
        raise _unknown(name)
    try:
        return _key(row, _grants.decode(row.grants))
    except msgspec.MsgspecError:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"A newer version of codex2api wrote the API key '{name}'; this one cannot change it.",
            param="name",
        ) from None


def _readable(row: Row[Any]) -> ClientKey | None:
    """A key, unless it has limits that this version does not know: then it opens nothing."""
    try:
        return _key(row, _grants.decode(row.grants))
    except msgspec.MsgspecError:
        _log.warning("keys.not_understood", key=row.name)
        return None


def _key(row: Row[Any], grants: Grants) -> ClientKey:
    return ClientKey(
        id=row.id,
        name=row.name,
        digest=row.digest,
        tail=row.tail,
        created=row.created,
        expires=row.expires,
        grants=grants,
        last_used=row.last_used,
    )


def _values(key: ClientKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "digest": key.digest,
        "tail": key.tail,
        "created": key.created,
        "expires": key.expires,
        "grants": msgspec.json.encode(key.grants),
    }


def _unknown(name: str) -> ApiError:
    return ApiError(
        Kind.NOT_FOUND,
        f"There is no API key of the name '{name[:100]}'. `codex2api keys list` shows all.",
        param="name",
    )
