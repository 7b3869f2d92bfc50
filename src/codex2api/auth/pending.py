"""Sign-ins under way, by their ``state``; they expire, and there is a cap on them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from codex2api.accounts.account import Account
from codex2api.auth.ways import Redeem
from codex2api.errors import ApiError, Kind

LIFE = 15 * 60.0
"""Seconds until a sign-in that nobody finished is forgotten."""

_MOST = 32


class Stage(StrEnum):
    """How far a sign-in has come (contract, ``GET /auth/login/{state}``)."""

    PENDING = "pending"
    SIGNED_IN = "signed_in"
    FAILED = "failed"


@dataclass(slots=True, eq=False)
class PendingSignIn:
    """One sign-in, from its start until it is forgotten.

    Attributes:
        state: Its key: the OAuth ``state``, or an id of ours for a device code.
        redeem: Makes tokens of what the browser brings; there is none for a device code.
        label: The label that the account will have.
        replace: Whether another account may take the label over.
        ends_at: When it is forgotten, in Unix seconds.
        claimed: Whether somebody has come back with a code: a state works once.
    """

    state: str = field(repr=False)
    label: str
    redirect_uri: str
    replace: bool
    ends_at: float
    redeem: Redeem | None = field(default=None, repr=False)
    claimed: bool = False
    account: Account | None = None
    error: ApiError | None = None
    _over: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def stage(self) -> Stage:
        """How far it has come."""
        if self.account is not None:
            return Stage.SIGNED_IN
        return Stage.PENDING if self.error is None else Stage.FAILED

    def succeed(self, account: Account) -> None:
        """The tokens are stored."""
        self.account = account
        self._over.set()

    def fail(self, error: ApiError) -> None:
        """It will not come to anything; the first reason stays."""
        if self.stage is Stage.PENDING:
            self.error = error
            self._over.set()

    async def outcome(self) -> Account:
        """Wait for the end.

        Raises:
            ApiError: Why it failed.
        """
        await self._over.wait()
        if self.account is None:
            raise self.error or expired()
        return self.account


class PendingSignIns:
    """The book of sign-ins under way.

    Args:
        now: Unix seconds.
        life: Seconds until one is forgotten.
    """

    def __init__(self, *, now: Callable[[], float], life: float = LIFE) -> None:
        self._now = now
        self._book: dict[str, PendingSignIn] = {}
        self.life = life

    def add(self, state: str, label: str, redirect_uri: str, *, replace: bool) -> PendingSignIn:
        """Open a sign-in; with too many open, the oldest one gives way."""
        self._forget_old()
        while len(self._book) >= _MOST:
            self._book.pop(next(iter(self._book))).fail(expired())
        ends_at = self._now() + self.life
        sign_in = PendingSignIn(state, label, redirect_uri, replace, ends_at)
        self._book[state] = sign_in
        return sign_in

    def find(self, state: str) -> PendingSignIn:
        """The sign-in of a state.

        Raises:
            ApiError: If there is none, or no more.
        """
        self._forget_old()
        found = self._book.get(state)
        if found is None:
            raise ApiError(Kind.NOT_FOUND, "No such sign-in is under way. Start the sign-in again.")
        return found

    def claim(self, returned: str) -> PendingSignIn:
        """The sign-in that a browser came back for; once only.

        The issuer may append ``.something`` to the state; ours has no dot.

        Raises:
            ApiError: ``BAD_REQUEST`` for an unknown, expired or used state.
        """
        self._forget_old()
        found = self._book.get(returned.partition(".")[0])
        if found is None or found.claimed or found.stage is not Stage.PENDING:
            raise ApiError(
                Kind.BAD_REQUEST,
                "State mismatch: this answer belongs to no sign-in under way here. It may have "
                "expired or been used already. Start the sign-in again.",
                param="state",
                code="state_mismatch",
            )
        found.claimed = True
        return found

    def open(self) -> list[PendingSignIn]:
        """Those that may still succeed."""
        self._forget_old()
        return [sign_in for sign_in in self._book.values() if sign_in.stage is Stage.PENDING]

    def _forget_old(self) -> None:
        now = self._now()
        for state, sign_in in list(self._book.items()):
            if sign_in.ends_at <= now:
                sign_in.fail(expired())
                del self._book[state]


def expired() -> ApiError:
    """The failure of a sign-in that nobody finished in time."""
    return ApiError(
        Kind.BAD_REQUEST,
        "The sign-in was not finished in time. Start it again.",
        code="sign_in_expired",
    )
