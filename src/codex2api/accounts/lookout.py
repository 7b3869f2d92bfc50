"""Asks how accounts stand of which nothing has been heard for a while.

An answer tells the limits of the account that gives it. Of the others we know what they told last,
and other programs may use them, too. Whoever compares accounts wants to know better, but not at any
price: one account at a time, rarely, and only where somebody compares.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

from codex2api.accounts.account import Credential
from codex2api.accounts.limits import RateLimits
from codex2api.accounts.pool import AccountPool
from codex2api.accounts.serving import renewing_once
from codex2api.errors import ApiError

_LOOKED_AT = 64
"""Accounts that one glance looks at, where there are many."""

Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class UsageDesk(Protocol):
    """Who can be asked outright."""

    async def usage(self, credential: Credential) -> RateLimits:
        """The account's limits as they are now; a failure is logged there.

        Raises:
            ApiError: They were not told. ``SIGN_IN_REQUIRED`` means that this access token was
                refused: it may be worth a refresh.
        """


class Lookout:
    """Asks for one account at a time, in the background.

    Args:
        pool: Knows the accounts, and learns.
        desk: Is asked.
        now: Unix seconds.
        apart: Seconds between two questions, whatever the account.
        old: Seconds after which news of an account is old, and between two questions for it.
        sleep: Waits.
    """

    def __init__(
        self,
        pool: AccountPool,
        desk: UsageDesk,
        *,
        now: Callable[[], float],
        apart: float = 5.0,
        old: float = 900.0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._pool = pool
        self._desk = desk
        self._now = now
        self._apart = apart
        self._old = old
        self._sleep = sleep
        self._next = 0
        self._asked: dict[str, tuple[float, int]] = {}

    async def run(self) -> None:
        """Look around until cancelled."""
        while True:
            await self.glance()
            await self._sleep(self._apart)

    async def glance(self) -> None:
        """Ask for the next account of which too little is known, if there is one."""
        if not self._pool.compares:
            return
        try:
            label = await self._overlooked()
            if label is not None:
                await self._ask(label)
        except ApiError:
            return  # the desk has logged it, the pool has learned from it

    async def _ask(self, label: str) -> None:
        self._asked[label] = (self._now(), self._pool.choices)
        async with self._pool.lease(only=label) as lease:
            limits = await renewing_once(lease, self._desk.usage)
        self._pool.learn_limits(label, limits)

    async def _overlooked(self) -> str | None:
        labels = await self._pool.labels()
        if len(labels) < 2:
            return None
        for _ in range(min(_LOOKED_AT, len(labels))):
            self._next = (self._next + 1) % len(labels)
            if self._is_due(labels[self._next]):
                return labels[self._next]
        return None

    def _is_due(self, label: str) -> bool:
        """Whether news is old, and somebody has compared accounts since it was asked for."""
        if not self._pool.able(label):
            return False
        asked_at, choices = self._asked.get(label, (0.0, -1))
        heard = max(asked_at, self._pool.limits(label).as_of)
        age = abs(self._now() - heard)  # the clock may have been set back since
        return age >= self._old and choices != self._pool.choices
