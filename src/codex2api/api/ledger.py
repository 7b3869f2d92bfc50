"""``/admin/api/requests`` and ``/admin/api/usage``: what the ledger knows, for the owner alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from codex2api.ledger.calls import Wanted, status_wish
from codex2api.ledger.ports import LedgerStore
from codex2api.ledger.reading import gather, page_of
from codex2api.ledger.reports import By, Price, no_price
from codex2api.protocol.json import encode

_Name = Annotated[str | None, Query(max_length=256)]
_Moment = Annotated[float, Query(ge=0, le=2**40, description="Seconds since 1970.")]

_WEEK = 7 * 86_400


def ledger_router(
    ledger: Callable[[], Awaitable[LedgerStore]], price: Price, now: Callable[[], float]
) -> APIRouter:
    """The two routes.

    Args:
        ledger: Opens it; raises ``ApiError`` where nothing is recorded.
        price: Tells list prices; called in a thread, for its first answer takes a while.
        now: Unix seconds.
    """
    router = APIRouter(prefix="/admin/api", tags=["Admin"])

    @router.get("/requests")
    async def list_requests(
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        before: Annotated[int | None, Query(description="Go on after this `next`.")] = None,
        status: Annotated[str | None, Query(description="4xx, 5xx, error, or a status.")] = None,
        model: _Name = None,
        key: _Name = None,
        account: _Name = None,
        text: Annotated[
            str | None, Query(max_length=256, description="Part of a name, an id or an error.")
        ] = None,
        since: _Moment = 0,
    ) -> Response:
        """Requests that asked a model, the newest first."""
        wanted = Wanted(
            status=status_wish(status),
            model=model,
            key=key,
            account=account,
            text=text,
            since=round(since * 1000),
            before=before,
        )
        return _shown(await page_of(await ledger(), wanted, limit))

    @router.get("/usage")
    async def usage(
        by: By = "model",
        since: Annotated[
            float | None, Query(ge=0, le=2**40, description="Seconds since 1970; else a week.")
        ] = None,
        until: Annotated[
            float | None, Query(ge=0, le=2**40, description="The same; else now.")
        ] = None,
        utc_offset: Annotated[int, Query(ge=-1440, le=1440, description="Minutes east.")] = 0,
        prices: bool = True,
    ) -> Response:
        """Requests, tokens, median time to the first token and list price, by what you choose."""
        begin = now() - _WEEK if since is None else since
        wanted = Wanted(
            since=round(begin * 1000), until=None if until is None else round(until * 1000)
        )
        gathered = await gather(await ledger(), wanted, by, utc_offset)
        return _shown(await asyncio.to_thread(gathered.report, price if prices else no_price))

    return router


def _shown(body: object) -> Response:
    return Response(encode(body), media_type="application/json")
