"""When a request came to which point, taken down around the relay and the upstream.

A timeline belongs to the task that answers the request, and to those that it starts.
"""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType

from codex2api.accounts.account import Credential
from codex2api.accounts.serving import Permit
from codex2api.errors import ApiError
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Heed, UpstreamStream
from codex2api.relay import Call, Opener, Upstream

Clock = Callable[[], int]
"""Nanoseconds since 1970."""


@dataclass(slots=True)
class Attempt:
    """One call to the backend.

    Attributes:
        begun: When it was sent.
        answered: When the head of its answer was there, or it had failed.
        error: Code of the failure.
    """

    begun: int
    answered: int | None = None
    error: str | None = None


@dataclass(slots=True)
class Leg:
    """One choice of an answer on its way to an account.

    Attributes:
        begun: When an account was asked for; the request is understood by then.
        accepted: When the first event with news was there.
    """

    begun: int
    attempts: list[Attempt] = field(default_factory=list)
    accepted: int | None = None


Timeline = list[Leg]

_timeline: ContextVar[Timeline | None] = ContextVar("codex2api.timeline", default=None)
_leg: ContextVar[Leg | None] = ContextVar("codex2api.leg", default=None)


def taken() -> Timeline:
    """The timeline of the request that ends now; the next one gets another."""
    timeline = _timeline.get()
    _timeline.set(None)
    return timeline or []


class TimedOpener:
    """An ``Opener`` that takes times down.

    Args:
        inner: Carries the requests.
        clock: Tells the time.
    """

    def __init__(self, inner: Opener, clock: Clock = time.time_ns) -> None:
        self._inner = inner
        self._clock = clock

    def open(
        self,
        request: ResponsesRequest,
        *,
        account: str | None = None,
        heed: Heed | None = None,
        permit: Permit | None = None,
    ) -> AbstractAsyncContextManager[Call]:
        """As ``Relay.open``."""
        leg = Leg(self._clock())
        timeline = _timeline.get()
        if timeline is None:
            # Here, and not on entering: choices are entered in tasks of their own, whose context
            # is not that of the request.
            _timeline.set(timeline := [])
        timeline.append(leg)
        opening = self._inner.open(request, account=account, heed=heed, permit=permit)
        return _TimedOpening(opening, leg, self._clock)


class _TimedOpening:
    """One choice."""

    def __init__(self, inner: AbstractAsyncContextManager[Call], leg: Leg, clock: Clock) -> None:
        self._inner = inner
        self._leg = leg
        self._clock = clock

    async def __aenter__(self) -> Call:
        _leg.set(self._leg)
        call = await self._inner.__aenter__()
        self._leg.accepted = self._clock()
        return call

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._inner.__aexit__(kind, error, trace)


class TimedUpstream:
    """An ``Upstream`` that takes times down.

    Args:
        inner: Calls the backend.
        clock: Tells the time.
    """

    def __init__(self, inner: Upstream, clock: Clock = time.time_ns) -> None:
        self._inner = inner
        self._clock = clock

    def stream(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None = None
    ) -> AbstractAsyncContextManager[UpstreamStream]:
        """As ``Upstream.stream``."""
        return _TimedStreaming(self._inner.stream(request, credential, heed), self._clock)


class _TimedStreaming:
    """One call."""

    def __init__(self, inner: AbstractAsyncContextManager[UpstreamStream], clock: Clock) -> None:
        self._inner = inner
        self._clock = clock

    async def __aenter__(self) -> UpstreamStream:
        attempt = Attempt(self._clock())
        leg = _leg.get()
        if leg is not None:
            leg.attempts.append(attempt)
        try:
            return await self._inner.__aenter__()
        except ApiError as error:
            attempt.error = error.code or error.kind.value
            raise
        finally:
            attempt.answered = self._clock()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        return await self._inner.__aexit__(kind, error, trace)
