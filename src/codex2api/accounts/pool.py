"""Lend accounts to calls, and learn from how the calls went."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence, Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from codex2api.accounts.account import Account, Credential
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import NO_LIMITS, RateLimits
from codex2api.accounts.policy import choose
from codex2api.accounts.ports import AccountStore
from codex2api.errors import ApiError, Kind

_REST_WITHOUT_TIME = 30.0
_SECOND_CHANCE_AFTER = 60.0
"""Seconds until a token that only the backend refused is tried again: it once had an incident
that refused valid tokens (August 2026), and nobody should have to sign in because of that."""


class Lease:
    """The use of an account for one call.

    Attributes:
        label: The account's.
        credential: Good now; ``renew`` replaces it.
    """

    def __init__(self, account: Account, credential: Credential, keeper: TokenKeeper) -> None:
        self.label = account.label
        self.account = account
        self.credential = credential
        self._keeper = keeper

    async def renew(self) -> Credential:
        """Another credential, after the upstream refused this one.

        Raises:
            ApiError: ``SIGN_IN_REQUIRED`` when there is none to be had.
        """
        self.credential = await self._keeper.renew(self.account, self.credential)
        return self.credential


@dataclass(slots=True)
class _Pause:
    """Why an account does not serve.

    Attributes:
        account_id: Another account under the same label does not inherit the pause.
        until: Unix seconds; ``None`` until its tokens change.
        refused: The access token that was refused: the pause ends when another one is stored.
    """

    error: ApiError
    account_id: str
    until: float | None
    refused: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as its owner sees it.

    Attributes:
        state: ``active``, ``limited`` or ``sign_in_required``.
        reason: Why it is not active, in a sentence.
        until: When it is expected back, in Unix seconds, if that is known.
        expires_at: When its access token ends, in Unix seconds; refreshed before.
    """

    label: str
    account_id: str
    plan: str | None
    email: str | None = field(repr=False)
    expires_at: float
    state: str
    reason: str | None
    until: float | None
    limits: RateLimits


class AccountPool:
    """The accounts, who is busy, and who had better not be asked.

    What it learns lives in memory: after a start the backend says it again.

    Args:
        store: Which accounts there are.
        keeper: Their fresh credentials.
        now: Unix seconds.
    """

    def __init__(
        self, store: AccountStore, keeper: TokenKeeper, *, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._keeper = keeper
        self._now = now
        self._lent: Counter[str] = Counter()
        self._pauses: dict[str, _Pause] = {}
        self._limits: dict[str, RateLimits] = {}

    @asynccontextmanager
    async def lease(
        self,
        affinity: str | None = None,
        without: AbstractSet[str] = frozenset(),
        only: str | None = None,
    ) -> AsyncIterator[Lease]:
        """Lend an account. An ``ApiError`` inside the block teaches the pool, then goes on up.

        Args:
            affinity: What should keep meeting the same account: a conversation's key.
            without: Labels of accounts that have already failed this call.
            only: The one account that may serve.

        Raises:
            ApiError: When no account can serve: what the last one said, or ``NO_ACCOUNT``.
        """
        lease = await self.lend(affinity, without, only)
        try:
            yield lease
        except ApiError as error:
            self.learn(lease, error)
            raise
        finally:
            self.take_back(lease)

    async def lend(
        self,
        affinity: str | None = None,
        without: AbstractSet[str] = frozenset(),
        only: str | None = None,
    ) -> Lease:
        """As ``lease``, for those who ``take_back`` it themselves, and ``learn`` from errors."""
        known = await self._store.accounts()
        wanted = [account for account in known if only is None or account.label == only]
        if not wanted:
            raise nobody(only)
        able = {
            account.label: account
            for account in wanted
            if account.label not in without and self._pause(account) is None
        }
        failure: ApiError | None = None
        while able:
            account = able.pop(choose(list(able), self._lent, affinity))
            try:
                lease = Lease(account, await self._keeper.fresh(account), self._keeper)
            except ApiError as error:
                failure = error
                if error.kind is Kind.SIGN_IN_REQUIRED:
                    self._retire(account, account.tokens.access_token, error)
            else:
                self._lent[lease.label] += 1
                return lease
        raise failure or self._last_word(wanted)

    def take_back(self, lease: Lease) -> None:
        """The call is over."""
        self._lent[lease.label] -= 1

    def learn(self, lease: Lease, error: ApiError) -> None:
        """Take in how a call failed."""
        match error.kind:
            case Kind.LIMIT_REACHED:
                self._rest(lease.account, error)
            case Kind.SIGN_IN_REQUIRED:
                self._retire(lease.account, lease.credential.access_token, error)
            case _:
                pass  # a bad request or a broken backend says nothing about the account

    def learn_limits(self, label: str, limits: RateLimits) -> None:
        """Take in what the backend said about an account's limits."""
        self._limits[label] = self.limits(label).updated(limits)
        pause = self._pauses.get(label)
        if limits.reached is False and pause and pause.error.kind is Kind.LIMIT_REACHED:
            del self._pauses[label]

    def limits(self, label: str) -> RateLimits:
        """What is known about an account's limits."""
        return self._limits.get(label, NO_LIMITS)

    async def overview(self) -> list[AccountState]:
        """Every account with its state, in stable order."""
        return [self._state(account) for account in await self._store.accounts()]

    async def can_serve(self) -> bool:
        """Whether an account could serve a request now."""
        try:
            return any(account.state == "active" for account in await self.overview())
        except ApiError:  # every token file is damaged
            return False

    def _last_word(self, accounts: Sequence[Account]) -> ApiError:
        """What a caller is told when every account is paused: the soonest to come back speaks."""
        pauses = [pause for account in accounts if (pause := self._pause(account))]
        if not pauses:
            return ApiError(Kind.NO_ACCOUNT, "No further ChatGPT account can serve this request.")
        soonest = min(
            pauses, key=lambda p: (p.error.kind is not Kind.LIMIT_REACHED, p.until or 0.0)
        )
        error, until = soonest.error, soonest.until
        left = None if until is None else max(until - self._now(), 0.0)
        if error.kind is not Kind.LIMIT_REACHED or error.retry_after is None:
            left = error.retry_after
        return ApiError(error.kind, error.message, code=error.code, retry_after=left)

    def _rest(self, account: Account, error: ApiError) -> None:
        now = self._now()
        until = self.limits(account.label).refill(now)
        if error.retry_after is not None:
            until = now + error.retry_after
        until = until or now + _REST_WITHOUT_TIME
        self._pauses[account.label] = _Pause(error, account.account_id, until)

    def _retire(self, account: Account, refused: str, error: ApiError) -> None:
        hopeless = self._keeper.hopeless(account) is not None
        until = None if hopeless else self._now() + _SECOND_CHANCE_AFTER
        self._pauses[account.label] = _Pause(error, account.account_id, until, refused)

    def _pause(self, account: Account) -> _Pause | None:
        pause = self._pauses.get(account.label)
        if pause is None:
            return None
        over = pause.until is not None and pause.until <= self._now()
        renewed = pause.refused not in (None, account.tokens.access_token)
        if over or renewed or pause.account_id != account.account_id:
            del self._pauses[account.label]
            return None
        return pause

    def _state(self, account: Account) -> AccountState:
        pause = self._pause(account)
        lasting = self._keeper.hopeless(account)
        error = pause.error if pause else lasting
        state = "active"
        if error is not None:
            state = "limited" if error.kind is Kind.LIMIT_REACHED else "sign_in_required"
        limits = self.limits(account.label)
        return AccountState(
            label=account.label,
            account_id=account.account_id,
            plan=limits.plan or account.plan,
            email=account.email,
            expires_at=account.tokens.expires_at,
            state=state,
            reason=error.message if error else None,
            until=pause.until if pause else None,
            limits=limits,
        )


def nobody(only: str | None = None) -> ApiError:
    """The error for who asks while no account is signed in, or not the one of this label."""
    if only is None:
        return ApiError(
            Kind.NO_ACCOUNT,
            "No ChatGPT account is signed in. Run `codex2api login` to sign in.",
        )
    return ApiError(
        Kind.NO_ACCOUNT,
        f"No ChatGPT account is signed in as {only[:64]!r}. "
        "Run `codex2api status` to see which are, or `codex2api login --account NAME`.",
    )
