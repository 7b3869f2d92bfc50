"""Requests with one whole answer (images, compactions), carried to an account that can serve."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from codex2api.accounts.account import Credential
from codex2api.accounts.conversation import Conversation
from codex2api.accounts.limits import RateLimits
from codex2api.accounts.pool import AccountPool, Lease
from codex2api.accounts.serving import Permit, renewing_once, serve_with_any
from codex2api.protocol.errand import Answered

_AT_ONCE = 4
"""Errands of one caller's request that are under way together."""


ErrandT = TypeVar("ErrandT")
AskedT_contra = TypeVar("AskedT_contra", contravariant=True)


class Courier(Protocol[AskedT_contra]):
    """The backend, as errands need it."""

    async def carry(self, errand: AskedT_contra, credential: Credential, /) -> Answered:
        """The answer of an errand that succeeded.

        Raises:
            ApiError: For every failure. ``SIGN_IN_REQUIRED`` means that the backend refused this
                access token (401): it may be worth a refresh.
        """


@dataclass(frozen=True, slots=True)
class Done:
    """An errand that was run.

    Attributes:
        account: Label of the account that served.
        limits: What is known of its limits, this answer's headers included.
        answered: What the backend said.
    """

    account: str
    limits: RateLimits
    answered: Answered = field(repr=False)

    @property
    def body(self) -> bytes:
        """The whole answer."""
        return self.answered.body


@dataclass(frozen=True, slots=True)
class Errands(Generic[ErrandT]):
    """Finds an account for each errand; a refusing one is left for another.

    Attributes:
        pool: Lends accounts.
        courier: Carries one errand.
        now: Unix seconds.
    """

    pool: AccountPool
    courier: Courier[ErrandT]
    now: Callable[[], float]

    async def run(
        self,
        errand: ErrandT,
        *,
        account: str | None = None,
        conversation: Conversation | None = None,
        permit: Permit | None = None,
    ) -> Done:
        """Run one errand.

        Args:
            errand: What to ask.
            account: Label of the only account that may serve, or ``None`` for any.
            conversation: What should keep meeting the same account.
            permit: What the caller is allowed of each account; ``None`` for everything.

        Raises:
            ApiError: Nobody could serve it.
        """

        async def serve(lease: Lease) -> Done:
            async def carry(credential: Credential) -> Answered:
                return await self.courier.carry(errand, credential)

            answered = await renewing_once(lease, carry)
            limits = RateLimits.from_headers(answered.headers, self.now())
            self.pool.learn_limits(lease.label, limits)
            return Done(lease.label, self.pool.limits(lease.label), answered)

        done, lease = await serve_with_any(
            self.pool, serve, conversation=conversation, only=account, permit=permit
        )
        self.pool.take_back(lease)
        return done

    async def run_all(
        self,
        errands: Sequence[ErrandT],
        *,
        account: str | None = None,
        permit: Permit | None = None,
    ) -> list[Done]:
        """Run several side by side; the first failure is the failure of all, and ends the rest.

        Raises:
            ApiError: Nobody could serve one of them.
        """
        turn = asyncio.Semaphore(_AT_ONCE)

        async def run(errand: ErrandT) -> Done:
            async with turn:
                return await self.run(errand, account=account, permit=permit)

        tasks = [asyncio.create_task(run(errand)) for errand in errands]
        try:
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
