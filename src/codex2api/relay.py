"""The one use case: carry a request to an account that can serve it, and its events back."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from msgspec import Struct, structs

from codex2api.accounts.account import Credential
from codex2api.accounts.limits import RateLimits
from codex2api.accounts.pool import AccountPool, Lease
from codex2api.accounts.serving import Permit, renewing_once, serve_with_any
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import (
    Batch,
    Created,
    InProgress,
    Other,
    Queued,
    RateLimitsSeen,
    UpstreamEvent,
)
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Heed, Sighting, UpstreamStream


class Upstream(Protocol):
    """The codex backend, as the relay needs it."""

    def stream(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None = None
    ) -> AbstractAsyncContextManager[UpstreamStream]:
        """Send a request; leaving the block before the end closes the connection at once.

        ``heed`` hears of its fit before it is sent, each time that it is sent.

        Raises:
            ApiError: On entering, for every failure of HTTP. ``SIGN_IN_REQUIRED`` means that the
                backend refused this access token (401): it may be worth a refresh.
        """


class Call(Struct, frozen=True):
    """A request that is being served: the point of no return lies behind it.

    Attributes:
        account: Label of the account that serves.
        stream: What the upstream said before its first event.
        batches: The events from the very first one on.
        limits: What is known of the account's limits, this answer's headers included.
    """

    account: str
    stream: UpstreamStream
    batches: AsyncIterator[Batch]
    limits: RateLimits


class Opener(Protocol):
    """What carries a request: the relay, or what stands before it."""

    def open(
        self,
        request: ResponsesRequest,
        *,
        account: str | None = None,
        heed: Heed | None = None,
        permit: Permit | None = None,
    ) -> AbstractAsyncContextManager[Call]:
        """As ``Relay.open``."""


@dataclass(frozen=True, slots=True)
class Relay:
    """Finds an account that serves a request, before anything has reached the caller.

    Attributes:
        pool: Lends accounts.
        upstream: Carries one call.
        now: Unix seconds.
    """

    pool: AccountPool
    upstream: Upstream
    now: Callable[[], float]

    def open(
        self,
        request: ResponsesRequest,
        *,
        account: str | None = None,
        heed: Heed | None = None,
        permit: Permit | None = None,
    ) -> AbstractAsyncContextManager[Call]:
        """Serve a request; inside the block its events flow.

        Until the block is entered a refusing account is left for another, and a failure is final
        only when none is left: the caller then hears what the last one said. Inside the block an
        ``ApiError`` must be let out of it, so that the pool learns from it.

        Args:
            request: What the caller wants.
            account: Label of the only account that may serve, or ``None`` for any.
            heed: Hears what becomes of the caller's wishes, before anything is sent.
            permit: What the caller is allowed of each account; ``None`` for everything.

        Raises:
            ApiError: On entering, when nobody could serve it.
        """
        return _Opening(self.pool, self.upstream, self.now, request, account, heed, permit)


class _Opening:
    """One request on its way to an account, and what has to be left when it is over."""

    def __init__(
        self,
        pool: AccountPool,
        upstream: Upstream,
        now: Callable[[], float],
        request: ResponsesRequest,
        only: str | None,
        heed: Heed | None,
        permit: Permit | None,
    ) -> None:
        self._pool = pool
        self._upstream = upstream
        self._now = now
        self._request = request
        self._only = only
        self._heed = heed
        self._permit = permit
        self._learned: Sighting | None = None

    async def __aenter__(self) -> Call:
        call, self._lease = await serve_with_any(
            self._pool,
            self._serve,
            conversation=self._request,
            only=self._only,
            permit=self._permit,
        )
        self._stream = call.stream
        return call

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self._entered.__aexit__(kind, error, trace)
        finally:
            self._learn_limits(self._lease.label, self._stream)
            if isinstance(error, ApiError):
                self._pool.learn(self._lease, error)
            self._pool.take_back(self._lease)

    async def _serve(self, lease: Lease) -> Call:
        """One account's try; reasoning that it cannot decrypt is left out the second time."""
        try:
            return await renewing_once(lease, partial(self._carry, lease.label, self._request))
        except ApiError as error:
            lighter = self._request.without_reasoning()
            if error.kind is not Kind.FOREIGN_REASONING or lighter is None:
                raise
        call = await renewing_once(lease, partial(self._carry, lease.label, lighter))
        adjusted = (*call.stream.adjusted, "input.reasoning:foreign->none")
        return structs.replace(call, stream=structs.replace(call.stream, adjusted=adjusted))

    async def _carry(self, label: str, request: ResponsesRequest, credential: Credential) -> Call:
        stream = await self._enter(label, request, credential)
        try:
            held = await self._hold(label, stream)
        except ApiError as error:
            if not _passes_soon(error):
                raise
            await asyncio.sleep(error.retry_after or _PAUSE)
            stream = await self._enter(label, request, credential)
            held = await self._hold(label, stream)
        return Call(label, stream, _Resumed(held, stream.batches), self._pool.limits(label))

    async def _enter(
        self, label: str, request: ResponsesRequest, credential: Credential
    ) -> UpstreamStream:
        self._entered = self._upstream.stream(request, credential, self._heed)
        stream = await self._entered.__aenter__()
        self._pool.learn_limits(label, RateLimits.from_headers(stream.headers, self._now()))
        return stream

    async def _hold(self, label: str, stream: UpstreamStream) -> Batch:
        """All events up to the first batch with news; a stream that fails before it is left."""
        held: Batch = []
        heard = False
        try:
            async for batch in stream.batches:
                held += batch
                if any(map(_is_news, batch)):
                    break
            heard = True
            return held
        finally:
            self._learn_limits(label, stream)
            if not heard:
                await self._entered.__aexit__(*sys.exc_info())

    def _learn_limits(self, label: str, stream: UpstreamStream) -> None:
        """Take in what events said last; here nobody looks at them one by one for that."""
        said = stream.limits_seen()
        if said is not None and said is not self._learned:
            self._learned = said
            self._pool.learn_limits(label, RateLimits.from_event(said.event, said.at))


_PAUSE = 0.2
_LONGEST_PAUSE = 2.0
"""Seconds; a backend that asks for more is a refusal that the caller should hear about."""


def _passes_soon(error: ApiError) -> bool:
    """Whether a failure inside HTTP 200, before any news, is worth one more try."""
    if error.kind is Kind.RATE_LIMITED:
        return error.retry_after is not None and error.retry_after <= _LONGEST_PAUSE
    return error.kind in (Kind.UPSTREAM_UNAVAILABLE, Kind.OVERLOADED)


_NO_NEWS = frozenset({Created, Queued, InProgress, RateLimitsSeen})


def _is_news(event: UpstreamEvent) -> bool:
    # A greeting proves nothing: the backend may greet first and refuse next (protocol sheet, 3.7).
    if isinstance(event, Other):
        return event.type.startswith("response.output")
    return type(event) not in _NO_NEWS


class _Resumed:
    """Batches that were held back, then the rest.

    No generator: one that its reader leaves early costs the event loop a task to close it.
    """

    def __init__(self, held: Batch, rest: AsyncIterator[Batch]) -> None:
        self._held = held
        self._rest = rest

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Awaitable[Batch]:
        return self._release() if self._held else anext(self._rest)

    async def _release(self) -> Batch:
        held, self._held = self._held, []
        return held
