"""The ledger in the database: records added, listed, added up and forgotten."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
)

from codex2api.ledger.calls import CallRecord, KeptCall, StatusRange, Wanted
from codex2api.ledger.reports import LONG_INPUT, By, FirstToken, Sum, Tokens
from codex2api.store.engine import Database
from codex2api.store.tables import CALLS

_C = CALLS.c

_FIELDS = CallRecord.__struct_fields__
"""What is kept, in the order of the table's columns; who ended a call knows more."""

_WORDS = (
    "request_id",
    "route",
    "asked_model",
    "model",
    "account",
    "key_name",
    "error",
    "client",
)
"""Columns in which a text is looked for."""

_MINUTE = 60_000
_HOUR = 3_600_000
_DAY = 86_400_000

_FAILED = or_(_C.error.is_not(None), _C.status >= 400)

_SERVED = func.coalesce(_C.model, "")
"""Never what was asked for where nothing served: callers can ask for any number of names."""


class SqlLedger:
    """A ``LedgerStore``.

    Args:
        database: Where the records are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, calls: Sequence[CallRecord]) -> None:
        """Keep some records; all of them or none, durable on return."""

        def work(connection: Connection) -> None:
            # Half the time of SQLAlchemy's own way: its types would leave every value as it is.
            statement = insert(CALLS).compile(dialect=connection.dialect, column_keys=_FIELDS)
            connection.exec_driver_sql(str(statement), [_row(call) for call in calls])

        await self._database.write(work)

    async def calls(self, wanted: Wanted, limit: int) -> Sequence[KeptCall]:
        """The newest of the calls that are wanted, newest first."""
        columns = [_C.number, *(_C[name] for name in _FIELDS)]
        query = select(*columns).where(*_which(wanted)).order_by(_C.number.desc()).limit(limit)
        return [_kept(row) for row in await self._rows(query)]

    async def sums(self, wanted: Wanted, by: By | None, east: int) -> Sequence[Sum]:
        """The calls that are wanted, added up; as ``LedgerStore`` has it."""
        rows = await self._rows(_added_up(_sorted_into_groups(wanted, by, east)))
        return [_sum(row, by) for row in rows]

    async def first_tokens(
        self, wanted: Wanted, by: By | None, east: int
    ) -> Mapping[str, FirstToken]:
        """How long the first token took in each group, by its key."""
        rows = await self._rows(_first_tokens(_sorted_into_groups(wanted, by, east)))
        return {
            _group_id(row.group_id, by): FirstToken(float(row.median), float(row.p95))
            for row in rows
        }

    async def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        return await self._database.read(lambda connection: connection.execute(query).all())


def forgetting_calls(before: int, most: int) -> Callable[[Connection], int]:
    """Work that removes records of calls that began before a moment, the oldest first.

    Args:
        before: Milliseconds since 1970.
        most: How many; the work tells how many there were.
    """
    over = select(_C.number).where(_C.at < before).order_by(_C.at).limit(most)

    def work(connection: Connection) -> int:
        return connection.execute(delete(CALLS).where(_C.number.in_(over))).rowcount

    return work


def _which(wanted: Wanted) -> list[ColumnElement[bool]]:
    tests: list[tuple[Any, Callable[[Any], ColumnElement[bool]]]] = [
        (wanted.since or None, lambda since: _C.at >= since),
        (wanted.until, lambda until: _C.at < until),
        (wanted.before, lambda before: _C.number < before),
        (wanted.after, lambda after: _C.number > after),
        (wanted.model, lambda model: or_(_C.model == model, _C.asked_model == model)),
        (wanted.key, lambda key: or_(_C.key == key, _C.key_name == key)),
        (wanted.account, lambda account: _C.account == account),
        (wanted.status, _has_status),
        (wanted.text, _holds),
    ]
    return [test(value) for value, test in tests if value is not None]


def _has_status(wish: StatusRange | str) -> ColumnElement[bool]:
    if isinstance(wish, StatusRange):
        return _C.status.between(wish.lowest, wish.highest)
    return _FAILED


def _holds(text: str) -> ColumnElement[bool]:
    return or_(*(_C[name].icontains(text, autoescape=True) for name in _WORDS))


def _sorted_into_groups(wanted: Wanted, by: By | None, east: int) -> Subquery:
    """The calls with what makes their group; by names, which both databases can group by."""
    group, name = _group(by, east)
    return (
        select(
            group.label("group_id"),
            name.label("group_name"),
            _SERVED.label("served"),
            (_C.at // _DAY).label("day"),
            case((_C.input_tokens > LONG_INPUT, 1), else_=0).label("long"),
            case((_FAILED, 1), else_=0).label("failed"),
            case((and_(_C.input_tokens.is_(None), ~_FAILED), 1), else_=0).label("untold"),
            *(_C[f"{kind}_tokens"] for kind in Tokens.__struct_fields__),
            _C.first_ms,
        )
        .where(*_which(wanted))
        .subquery("sorted_calls")
    )


def _group(by: By | None, east: int) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """What tells a group from others, and what it is called."""
    match by:
        case "model":
            return _SERVED, _SERVED
        case "key":
            return func.coalesce(_C.key, ""), func.coalesce(_C.key_name, "")
        case "account":
            return func.coalesce(_C.account, ""), func.coalesce(_C.account, "")
        case "day":
            day = (_C.at + east * _MINUTE) // _DAY
            return day, day
        case "hour":
            hour = (_C.at + east * _MINUTE) // _HOUR * _HOUR - east * _MINUTE
            return hour, hour
        case None:
            return literal("total"), literal("total")


def _added_up(calls: Subquery) -> Select[Any]:
    c = calls.c
    return select(
        c.group_id,
        func.max(c.group_name).label("group_name"),
        c.served,
        c.day,
        func.count().label("requests"),
        func.sum(c.failed).label("errors"),
        func.count(c.input_tokens).label("told"),
        func.sum(c.untold).label("untold"),
        *(
            func.coalesce(func.sum(c[f"{kind}_tokens"]), 0).label(kind)
            for kind in Tokens.__struct_fields__
        ),
    ).group_by(c.group_id, c.served, c.day, c.long)


def _first_tokens(calls: Subquery) -> Select[Any]:
    c = calls.c
    ranked = (
        select(
            c.group_id,
            c.first_ms,
            func.row_number().over(partition_by=c.group_id, order_by=c.first_ms).label("place"),
            func.count().over(partition_by=c.group_id).label("places"),
        )
        .where(c.first_ms.is_not(None))
        .subquery("ranked_calls")
    )
    r = ranked.c
    middle = (2 * r.place).between(r.places, r.places + 2)  # one place, or two
    slow = and_(100 * r.place >= 95 * r.places, 100 * (r.place - 1) < 95 * r.places)
    return select(
        r.group_id,
        func.avg(case((middle, r.first_ms))).label("median"),
        func.max(case((slow, r.first_ms))).label("p95"),
    ).group_by(r.group_id)


def _sum(row: Row[Any], by: By | None) -> Sum:
    tokens = Tokens(*(int(getattr(row, kind)) for kind in Tokens.__struct_fields__))
    return Sum(
        group=_group_id(row.group_id, by),
        name=_group_id(row.group_name, by),
        model=row.served,
        day=row.day,
        requests=row.requests,
        errors=int(row.errors),
        told=row.told,
        untold=int(row.untold),
        tokens=tokens,
    )


def _group_id(group: Any, by: By | None) -> str:
    if by == "hour":
        return datetime.fromtimestamp(group / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if by != "day":
        return str(group)
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=group)).strftime("%Y-%m-%d")


_row = attrgetter(*_FIELDS)


def _kept(row: Row[Any]) -> KeptCall:
    return KeptCall(row[0], CallRecord(**dict(zip(_FIELDS, row[1:], strict=True))))
