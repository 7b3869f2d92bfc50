"""The events of one accepted call, batch by batch, with every way they can end."""

import asyncio
from collections.abc import Callable
from itertools import compress, count
from typing import Self

from codex2api.accounts.limits import RateLimits
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import (
    Batch,
    Completed,
    ErrorSeen,
    Failed,
    Incomplete,
    Other,
    RateLimitsSeen,
    Response,
    UpstreamEvent,
    parse_events,
)
from codex2api.protocol.fold import CUT_MESSAGE
from codex2api.protocol.sse import SseDecoder
from codex2api.protocol.stream import Sighting
from codex2api.upstream.idle import IdleWatch
from codex2api.upstream.tools import Restorer
from codex2api.upstream.transport import HttpResponse, TransportError

_NOTABLE = frozenset({Completed, Incomplete, Failed, ErrorSeen, RateLimitsSeen, Other})
"""Exact types: this is asked of every event, and ``isinstance`` would take three times as long."""

LONGEST_ANSWER = 256 * 1024 * 1024
"""Bytes: several times what a model and its images can say. Whole answers and remembered ones are
gathered in memory, so one without an end has to be given up."""

_LAST_BYTES = 0.25
"""Seconds that the end of a finished answer is waited for, so that its connection can be reused."""


class EventReader:
    """An iterator over batches that ends at the first terminal event.

    Args:
        response: An accepted event stream.
        restorer: Puts the caller's names back.
        idle_timeout: Seconds without an event; comments do not count.
        failure: Makes the error of a failure event.
        now: Unix seconds, for limits.
        longest: Bytes that an answer may have.
    """

    def __init__(
        self,
        response: HttpResponse,
        *,
        restorer: Restorer,
        idle_timeout: float,
        failure: Callable[[Failed | ErrorSeen, RateLimits], ApiError],
        now: Callable[[], float],
        longest: int = LONGEST_ANSWER,
    ) -> None:
        self._response = response
        self._restorer = restorer if restorer.needed else None
        self._idle_timeout = idle_timeout
        self._watch = IdleWatch(idle_timeout, response.abort)
        self._failure = failure
        self._now = now
        self._left = longest
        self._decoder = SseDecoder()
        self._limits = RateLimits()
        self._sighting: Sighting | None = None
        self._error: ApiError | None = None
        self._ended = False
        self._exhausted = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Batch:
        if self._error is not None:
            raise self._error
        if self._ended:
            raise StopAsyncIteration
        # One coroutine for all of this: each one more would be resumed for every delta.
        while not self._exhausted:
            if not self._response.ready and not self._watch.waits:
                self._watch.start()
            try:
                data = await self._response.read()
            except TransportError:
                self._exhausted = True
                break
            if batch := parse_events(self._payloads(data)):
                self._watch.stop()
                return self._settle(batch)
        self._error = self._why_it_ended()
        raise self._error

    def limits_seen(self) -> Sighting | None:
        """What was said last of limits."""
        return self._sighting

    async def close(self) -> None:
        """Give the connection back after its last byte, else close it at once."""
        self._watch.close()
        if self._ended and not self._exhausted:
            await self._read_to_the_end()
        self._response.close()

    def _payloads(self, data: bytes) -> list[bytes]:
        """The payloads of one read: none at a comment, what is left at the end."""
        if not data:
            self._exhausted = True
            return self._decoder.close()
        self._left -= len(data)
        if self._left < 0:
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, "ChatGPT's answer had no end.")
        return self._decoder.feed(data)

    def _settle(self, batch: Batch) -> Batch:
        # Most events are none of these, and are passed over without a step in Python.
        for index in compress(count(), map(_NOTABLE.__contains__, map(type, batch))):
            if self._is_end(batch[index]):
                batch = self._finish(batch, index)
                break
        if self._restorer is not None:
            self._restorer.restore(batch)
        return batch

    def _is_end(self, event: UpstreamEvent) -> bool:
        if isinstance(event, RateLimitsSeen):
            self._sighting = Sighting(event, self._now())
            self._limits = RateLimits.from_event(event, self._sighting.at)
            return False
        return not isinstance(event, Other) or event.type in _ODD_ENDINGS

    def _finish(self, batch: Batch, index: int) -> Batch:
        self._ended = True
        event = batch[index]
        ending = _understood(event) if isinstance(event, Other) else event
        if not isinstance(ending, Failed | ErrorSeen):
            return [*batch[:index], ending]
        self._error = self._failure(ending, self._limits)
        if index == 0:
            raise self._error
        return batch[:index]

    def _why_it_ended(self) -> ApiError:
        if self._watch.expired:
            return ApiError(
                Kind.UPSTREAM_TIMEOUT, f"ChatGPT sent no event for {self._idle_timeout:g} seconds."
            )
        return ApiError(Kind.UPSTREAM_UNAVAILABLE, CUT_MESSAGE)

    async def _read_to_the_end(self) -> None:
        if self._response.ready and not await self._response.read():
            return
        patience = asyncio.get_running_loop().call_later(_LAST_BYTES, self._response.abort)
        try:
            while await self._response.read():
                pass
        except TransportError:
            return  # the answer is complete; only the connection is of no further use
        finally:
            patience.cancel()


_ODD_ENDINGS = {"response.completed", "response.done", "response.failed", "error"}


def _understood(event: Other) -> UpstreamEvent:
    """A terminal event in a shape of tomorrow: what it means is still plain."""
    if event.type in ("response.failed", "error"):
        error = event.fields.get("error")
        return ErrorSeen(error=error if isinstance(error, dict) else None)
    response = event.fields.get("response")
    told = response if isinstance(response, dict) else {}
    return Completed(response=Response(id=str(told.get("id") or ""), status="completed"))
