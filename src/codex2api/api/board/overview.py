"""``/admin/api/overview``: the first page in one answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from msgspec import Struct
from starlette.responses import Response

from codex2api.api.board.cards import AccountCard
from codex2api.api.packed import packed
from codex2api.errors import ApiError
from codex2api.ledger.calls import Wanted
from codex2api.ledger.ports import LedgerStore
from codex2api.ledger.reading import gather, page_of
from codex2api.ledger.reports import Price, Report

_HOURS = 24
_ROWS = 25


class Overview(Struct, frozen=True, kw_only=True):
    """What the first page shows.

    Attributes:
        now: Unix seconds by the server's clock.
        accounts_problem: Why the accounts cannot be told.
        usage: Of the last 24 hours, by hours; hours without a request are left out.
        ledger_problem: Why there is no usage and no list: nothing is recorded, or a database
            failed.
        calls: The newest first.
    """

    now: float
    accounts: list[AccountCard]
    accounts_problem: str | None
    usage: Report | None
    ledger_problem: str | None
    calls: list[dict[str, Any]]


def overview_router(
    accounts: Callable[[], Awaitable[list[AccountCard]]],
    ledger: Callable[[], Awaitable[LedgerStore]],
    price: Price,
    now: Callable[[], float],
) -> APIRouter:
    """The route.

    Args:
        accounts: How they stand.
        ledger: Opens it; raises ``ApiError`` where nothing is recorded.
        price: Tells list prices; called in a thread.
        now: Unix seconds.
    """
    router = APIRouter(prefix="/admin/api", tags=["Admin"])

    @router.get("/overview")
    async def overview(
        request: Request,
        utc_offset: Annotated[int, Query(ge=-1440, le=1440, description="Minutes east.")] = 0,
    ) -> Response:
        """Accounts, the last 24 hours and the last requests."""
        known, accounts_problem = await _or_problem(accounts())
        found, ledger_problem = await _or_problem(_looked_up(ledger, price, now(), utc_offset))
        usage, calls = found or (None, [])
        body = Overview(
            now=now(),
            accounts=known or [],
            accounts_problem=accounts_problem,
            usage=usage,
            ledger_problem=ledger_problem,
            calls=calls,
        )
        return packed(request, body)

    return router


async def _looked_up(
    ledger: Callable[[], Awaitable[LedgerStore]], price: Price, now: float, east: int
) -> tuple[Report, list[dict[str, Any]]]:
    store = await ledger()
    wanted = Wanted(since=round((now // 3600 - _HOURS + 1) * 3_600_000))
    gathered = await gather(store, wanted, "hour", east)
    page = await page_of(store, Wanted(), _ROWS)
    return await asyncio.to_thread(gathered.report, price), page.data


async def _or_problem(work: Awaitable[Any]) -> tuple[Any, str | None]:
    """A result, or why there is none: half a page is better than none."""
    try:
        return await work, None
    except ApiError as error:
        return None, error.message
