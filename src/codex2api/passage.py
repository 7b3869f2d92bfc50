"""Codex' own requests, passed on to an account that serves them, and the answers as they come."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from codex2api.accounts.account import Credential
from codex2api.accounts.conversation import Named
from codex2api.accounts.limits import RateLimits
from codex2api.accounts.pool import AccountPool, Lease
from codex2api.accounts.serving import Permit, renewing_once, serve_with_any
from codex2api.protocol.native import NativeAnswer, NativeRequest


class Ferry(Protocol):
    """The backend, as the passage needs it."""

    async def open(self, request: NativeRequest, credential: Credential, /) -> NativeAnswer:
        """The accepted answer; the receiver closes it.

        Raises:
            ApiError: For every refusal and failure. ``SIGN_IN_REQUIRED`` means that the backend
                refused this access token (401): it may be worth a refresh.
        """


@dataclass(frozen=True, slots=True)
class Passed:
    """A request that is being served by the account of a label."""

    account: str
    answer: NativeAnswer


@dataclass(frozen=True, slots=True)
class Passage:
    """Finds an account for each request; a refusing one is left for another.

    Attributes:
        pool: Lends accounts.
        ferry: Carries one request.
        now: Unix seconds.
    """

    pool: AccountPool
    ferry: Ferry
    now: Callable[[], float]

    @asynccontextmanager
    async def open(
        self,
        request: NativeRequest,
        *,
        account: str | None = None,
        permit: Permit | None = None,
    ) -> AsyncIterator[Passed]:
        """Serve a request; inside the block its answer flows.

        Args:
            request: What Codex asks.
            account: Label of the only account that may serve, or ``None`` for any.
            permit: What the caller is allowed of each account; ``None`` for everything.

        Raises:
            ApiError: On entering, when nobody could serve it.
        """

        async def serve(lease: Lease) -> NativeAnswer:
            answer = await renewing_once(lease, partial(self.ferry.open, request))
            limits = RateLimits.from_headers(answer.headers, self.now())
            self.pool.learn_limits(lease.label, limits)
            return answer

        talk = None if request.affinity is None else Named(request.affinity)
        answer, lease = await serve_with_any(
            self.pool, serve, conversation=talk, only=account, permit=permit
        )
        try:
            yield Passed(lease.label, answer)
        finally:
            answer.close()
            self.pool.take_back(lease)
