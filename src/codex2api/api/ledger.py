"""``/admin/api/requests`` and ``/admin/api/usage``: what the ledger knows, for the owner alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from codex2api.api.packed import packed
from codex2api.ledger.calls import Wanted, status_wish
from codex2api.ledger.ports import LedgerStore
from codex2api.ledger.reading import gather, page_of
from codex2api.ledger.reports import By, Price, Report, no_price
from codex2api.ledger.sheet import KIND, sheet

_Name = Annotated[str | None, Field(max_length=256)]
_Moment = Annotated[float, Field(ge=0, le=2**40, description="Seconds since 1970.")]

_WEEK = 7 * 86_400


class CallQuery(BaseModel):
    """Which requests are wanted."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 50
    before: Annotated[int | None, Field(description="Go on after this `next`.")] = None
    status: Annotated[str | None, Field(description="4xx, 5xx, error, or a status.")] = None
    model: _Name = None
    key: _Name = None
    account: _Name = None
    text: Annotated[_Name, Field(description="Part of a name, an id or an error.")] = None
    since: _Moment = 0

    def wanted(self) -> Wanted:
        """The same for the ledger.

        Raises:
            ApiError: The status is none.
        """
        return Wanted(
            status=status_wish(self.status),
            model=self.model,
            key=self.key,
            account=self.account,
            text=self.text,
            since=round(self.since * 1000),
            before=self.before,
        )


class UsageQuery(BaseModel):
    """Which calls are added up, and by what."""

    by: By = "model"
    since: Annotated[_Moment | None, Field(description="Seconds since 1970; else a week.")] = None
    until: Annotated[_Moment | None, Field(description="The same; else now.")] = None
    utc_offset: Annotated[int, Field(ge=-1440, le=1440, description="Minutes east.")] = 0
    prices: bool = True

    def wanted(self, now: float) -> Wanted:
        """The same for the ledger.

        Args:
            now: Unix seconds.
        """
        begin = now - _WEEK if self.since is None else self.since
        until = None if self.until is None else round(self.until * 1000)
        return Wanted(since=round(begin * 1000), until=until)


def ledger_router(
    ledger: Callable[[], Awaitable[LedgerStore]], price: Price, now: Callable[[], float]
) -> APIRouter:
    """The routes.

    Args:
        ledger: Opens it; raises ``ApiError`` where nothing is recorded.
        price: Tells list prices; called in a thread, for its first answer takes a while.
        now: Unix seconds.
    """
    router = APIRouter(prefix="/admin/api", tags=["Admin"])

    @router.get("/requests")
    async def list_requests(request: Request, query: Annotated[CallQuery, Query()]) -> Response:
        """Requests that asked a model, the newest first."""
        return packed(request, await page_of(await ledger(), query.wanted(), query.limit))

    async def report(query: UsageQuery) -> Report:
        gathered = await gather(await ledger(), query.wanted(now()), query.by, query.utc_offset)
        return await asyncio.to_thread(gathered.report, price if query.prices else no_price)

    @router.get("/usage")
    async def usage(request: Request, query: Annotated[UsageQuery, Query()]) -> Response:
        """Requests, tokens, median time to the first token and list price, by what you choose."""
        return packed(request, await report(query))

    @router.get("/usage.csv")
    async def usage_sheet(query: Annotated[UsageQuery, Query()]) -> Response:
        """The same as a table for spreadsheets."""
        named = {"content-disposition": f'attachment; filename="codex2api-usage-{query.by}.csv"'}
        headers = {**named, "cache-control": "no-store"}
        return Response(sheet(await report(query)), media_type=KIND, headers=headers)

    return router
