"""A background response's events, as they come or as they were, to whoever asks for them."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from codex2api.api.body import read_body
from codex2api.api.disconnect import CallerWatch
from codex2api.api.exchange import exchange_of
from codex2api.api.state.background import EventLog, follow
from codex2api.api.streaming import SseResponse
from codex2api.conversations import Reader, StoredResponse, Stores
from codex2api.dialects.responses.remembered import CANCELLED, lost_events
from codex2api.protocol.json import decode
from codex2api.protocol.sse import encode

_MOST = 1024 * 1024
"""Bytes of a body that means nothing here."""

_LOOK_AGAIN = 0.5
"""Seconds; how often it is asked whether another process has finished a response."""


class Followed(Response):
    """An answer that streams a log until it ends, or the caller leaves.

    Args:
        find: The log, once it is known.
        after: The sequence number that the caller has seen; -1 for none.
        keepalive: Seconds of silence before a comment.
    """

    def __init__(
        self, find: Callable[[], Awaitable[EventLog]], after: int, keepalive: float
    ) -> None:
        super().__init__()
        self._find = find
        self._after = after
        self._keepalive = keepalive

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream it."""
        await read_body(exchange_of(scope).asked, receive, _MOST)  # what comes next is the end
        async with SseResponse(send, list, self._keepalive) as sse:
            await sse.start([])
            async with CallerWatch(receive):
                await follow(await self._find(), self._after, sse)
            await sse.finish()


async def finished_log(
    stores: Stores, reader: Reader, response: StoredResponse, after: int
) -> EventLog:
    """The events of a response that this process is not working on, when it has ended."""
    found: StoredResponse | None = response
    while found is not None and found.runner is not None:
        await asyncio.sleep(_LOOK_AGAIN)
        found = await stores.responses.find(reader, response.id)
    if found is not None and found.events is not None:
        return EventLog.unpacked(found.events)
    log = EventLog(first=after + 1)
    shown = CANCELLED if found is None else decode(found.body)
    await log.write(encode(lost_events(shown, log.next_number)))
    log.end()
    return log
