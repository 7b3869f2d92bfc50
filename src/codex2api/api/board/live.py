"""``/admin/api/live``: the feed as server-sent events.

``calls`` and ``accounts`` carry news, ``again`` says that some was missed. Events of calls are
numbered as the ledger numbers them; a viewer who comes back names the last number it has heard.
"""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from codex2api.api.board.feed import Feed, News
from codex2api.api.body import read_body
from codex2api.api.disconnect import CallerLeftError, CallerWatch
from codex2api.api.exchange import exchange_of
from codex2api.api.streaming import SseResponse
from codex2api.ledger.reading import shown
from codex2api.protocol.sse import Frame, encode

_PING = 15.0
"""Seconds of silence before a comment."""

_LOOK_UP = 1.0
"""Seconds between two looks whether the server is about to end."""


def live_router(feed: Feed, is_closing: Callable[[], bool]) -> APIRouter:
    """The route.

    Args:
        feed: What happens.
        is_closing: Whether the server is about to end: nobody waits for its viewers.
    """
    router = APIRouter(prefix="/admin/api", tags=["Admin"])

    @router.get("/live")
    async def live(
        after: Annotated[int | None, Query(description="The last number that was heard.")] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Finished requests and changes of accounts, as they happen."""
        if last_event_id is not None and last_event_id.isdecimal():
            after = int(last_event_id[:18])
        return _Live(feed, after, is_closing)

    return router


class _Live(Response):
    """The answer to one viewer."""

    def __init__(self, feed: Feed, after: int | None, is_closing: Callable[[], bool]) -> None:
        super().__init__()
        self._feed = feed
        self._after = after
        self._is_closing = is_closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        await read_body(exchange.asked, receive, 0)
        async with SseResponse(send, list, _PING) as sse:
            await sse.start([])
            try:
                async with CallerWatch(receive):
                    await self._tell(sse)
            except CallerLeftError:  # how looking ends; nothing is left to be answered
                exchange.error = "caller_left"
                return
            await sse.finish()

    async def _tell(self, sse: SseResponse) -> None:
        feed = self._feed
        place = await feed.enter()
        try:
            missed = News() if self._after is None else await feed.since(self._after)
            hello = f"id: {feed.newest}\n".encode() + encode([Frame({}, "hello")])
            await sse.write(hello + self._told(missed))
            while not self._is_closing():
                if told := self._told(await feed.next(place, _LOOK_UP)):
                    await sse.write(told)
        finally:
            feed.leave()

    def _told(self, news: News) -> bytes:
        parts = []
        if news.missed:
            parts.append(f"id: {self._feed.newest}\n".encode() + encode([Frame({}, "again")]))
        if news.accounts is not None:
            parts.append(encode([Frame(news.accounts, "accounts")]))
        if news.calls:
            last = max(kept.number for kept in news.calls)
            calls = [shown(kept) for kept in news.calls]
            parts.append(f"id: {last}\n".encode() + encode([Frame(calls, "calls")]))
        return b"".join(parts)
