"""What a ledger tells, as programs read it.

A report comes in two steps: asking for it waits for a database, and its prices may take a while.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct, structs

from codex2api.ledger.calls import KeptCall, Wanted
from codex2api.ledger.ports import LedgerStore
from codex2api.ledger.reports import By, FirstToken, Price, Report, Sum, empty, grouped

_ALL = "total"


class Gathered(Struct, frozen=True):
    """What a report is made of.

    Attributes:
        first_token: Over all calls.
    """

    since: int
    by: By
    sums: Sequence[Sum]
    first_tokens: Mapping[str, FirstToken]
    first_token: FirstToken | None

    def report(self, price: Price) -> Report:
        """The report, with prices."""
        groups = grouped(self.sums, self.first_tokens, price)
        if self.by in ("day", "hour"):
            groups.sort(key=lambda group: group.id)
        together = [structs.replace(one, group=_ALL, name=_ALL) for one in self.sums]
        first = {} if self.first_token is None else {_ALL: self.first_token}
        total = grouped(together, first, price) or [empty(_ALL)]
        return Report(since=self.since // 1000, by=self.by, groups=groups, total=total[0])


async def gather(store: LedgerStore, wanted: Wanted, by: By, east: int = 0) -> Gathered:
    """Ask a ledger for a report.

    Args:
        store: The ledger.
        wanted: Which calls.
        by: What makes a group.
        east: Minutes that the reader's days begin before those of UTC.

    Raises:
        ApiError: The database failed.
    """
    sums = await store.sums(wanted, by, east)
    first_tokens = await store.first_tokens(wanted, by, east)
    overall = await store.first_tokens(wanted, None, east)
    return Gathered(wanted.since, by, sums, first_tokens, next(iter(overall.values()), None))


class CallPage(Struct, frozen=True, kw_only=True):
    """Part of the list of calls, as programs read it.

    Attributes:
        data: The newest first.
        next: The ``before`` of the next page.
    """

    object: Literal["list"] = "list"
    data: list[dict[str, Any]]
    has_more: bool
    next: int | None


async def page_of(store: LedgerStore, wanted: Wanted, limit: int) -> CallPage:
    """The newest of the calls that are wanted.

    Raises:
        ApiError: The database failed.
    """
    found = await store.calls(wanted, limit + 1)
    part = found[:limit]
    more = len(found) > limit
    last = part[-1].number if more else None
    return CallPage(data=[shown(kept) for kept in part], has_more=more, next=last)


def shown(kept: KeptCall) -> dict[str, Any]:
    """A record as programs read it; ``at`` in seconds, as the API has all its times."""
    fields = structs.asdict(kept.call)
    return {"number": kept.number, **fields, "at": kept.call.at / 1000}
