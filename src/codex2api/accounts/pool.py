"""Lend accounts to calls, and learn from how the calls went."""

from collections.abc import AsyncIterator, Callable, Sequence, Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from codex2api.accounts.account import Account, Credential
from codex2api.accounts.conversation import Conversation
from codex2api.accounts.homes import Homes
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import RateLimits
from codex2api.accounts.policy import Asked, Balanced, Strategy
from codex2api.accounts.ports import AccountStore
from codex2api.accounts.roster import Pause, Roster
from codex2api.errors import ApiError, Kind
from codex2api.protocol.answered import AnsweredError

_REST_WITHOUT_TIME = 30.0
_SHORTEST_REST = 1.0
"""Seconds; a reset that has passed by our clock may be still to come by the backend's."""

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


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as its owner sees it.

    Attributes:
        state: ``active``, ``limited``, ``paused`` or ``sign_in_required``.
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
        strategy: Says who serves.
        pinned: Label of the only account that serves calls that name none.

    Attributes:
        choices: How often accounts were compared.
    """

    def __init__(
        self,
        store: AccountStore,
        keeper: TokenKeeper,
        *,
        now: Callable[[], float],
        strategy: Strategy | None = None,
        pinned: str | None = None,
    ) -> None:
        self._store = store
        self._keeper = keeper
        self._now = now
        self._strategy = strategy or Balanced()
        self._pinned = pinned
        self.choices = 0
        self._roster = Roster(now)
        self._homes = Homes()

    @asynccontextmanager
    async def lease(
        self,
        conversation: Conversation | None = None,
        without: AbstractSet[str] = frozenset(),
        only: str | None = None,
    ) -> AsyncIterator[Lease]:
        """Lend an account. An ``ApiError`` inside the block teaches the pool, then goes on up.

        Args:
            conversation: What should keep meeting the same account.
            without: Labels of accounts that have already failed this call.
            only: The one account that may serve.

        Raises:
            ApiError: When no account can serve: what the last one said, or ``NO_ACCOUNT``.
        """
        lease = await self.lend(conversation, without, only)
        try:
            yield lease
        except ApiError as error:
            self.learn(lease, error)
            raise
        finally:
            self.take_back(lease)

    def follow(self, strategy: Strategy, pinned: str | None = None) -> None:
        """Choose otherwise from now on; conversations keep their accounts."""
        self._strategy, self._pinned = strategy, pinned

    @property
    def compares(self) -> bool:
        """Whether how accounts stand decides who serves."""
        return self._pinned is None and self._strategy.compares

    async def lend(
        self,
        conversation: Conversation | None = None,
        without: AbstractSet[str] = frozenset(),
        only: str | None = None,
    ) -> Lease:
        """As ``lease``, for those who ``take_back`` it themselves, and ``learn`` from errors."""
        await self._look()
        only = only or self._pinned
        failure: ApiError | None = None
        while account := self._choose(conversation, without, only):
            try:
                lease = Lease(account, await self._keeper.fresh(account), self._keeper)
            except ApiError as error:
                failure, without = error, without | {account.label}
                if error.kind is Kind.SIGN_IN_REQUIRED:
                    self._retire(account, account.tokens.access_token, error)
            else:
                self._roster.lent[lease.label] += 1
                return lease
        raise failure or self._last_word(only)

    def take_back(self, lease: Lease) -> None:
        """The call is over."""
        self._roster.lent[lease.label] -= 1

    def learn(self, lease: Lease, error: ApiError) -> None:
        """Take in how a call failed."""
        if isinstance(error, AnsweredError):
            self.learn_limits(lease.label, RateLimits.from_headers(error.headers, self._now()))
        match error.kind:
            case Kind.LIMIT_REACHED:
                self._rest(lease.account, error)
            case Kind.SIGN_IN_REQUIRED:
                self._retire(lease.account, lease.credential.access_token, error)
            case _:
                pass  # a bad request or a broken backend says nothing about the account

    def learn_limits(self, label: str, limits: RateLimits) -> None:
        """Take in what the backend said about an account's limits."""
        self._roster.learn_limits(label, limits)

    def limits(self, label: str) -> RateLimits:
        """What is known about an account's limits."""
        return self._roster.limits(label)

    async def labels(self) -> Sequence[str]:
        """Of all accounts, in stable order."""
        await self._look()
        return self._roster.labels

    def able(self, label: str) -> bool:
        """Whether an account could serve, as far as was seen last."""
        return self._roster.able(label)

    async def overview(self) -> list[AccountState]:
        """Every account with its state, in stable order."""
        return [self._state(account) for account in await self._look()]

    async def inspect(self, label: str) -> Lease:
        """An account to ask how it stands, also one that rests; it is not taken for lent.

        Raises:
            ApiError: ``NO_ACCOUNT``; ``SIGN_IN_REQUIRED``.
        """
        await self._look()
        account = self._roster.get(label)
        if account is None:
            raise nobody(label)
        return Lease(account, await self._keeper.fresh(account), self._keeper)

    async def can_serve(self) -> bool:
        """Whether an account could serve a request now."""
        try:
            known = await self._look()
        except ApiError:  # every token file is damaged
            return False
        return any(self._state(account).state == "active" for account in known)

    async def _look(self) -> Sequence[Account]:
        """The accounts as they are now."""
        known = await self._store.accounts()
        self._roster.see(known)
        self._roster.wake()
        return known

    def _choose(
        self, conversation: Conversation | None, without: AbstractSet[str], only: str | None
    ) -> Account | None:
        roster = self._roster
        if only is None and len(roster.labels) == 1:
            only = roster.labels[0]
        if only is not None:
            able = roster.able(only) and only not in without
            return roster.get(only) if able else None
        if roster.idle:
            return None
        if conversation is None:
            return self._chosen(Asked(without=without))
        return self._settled(conversation, without)

    def _settled(self, conversation: Conversation, without: AbstractSet[str]) -> Account | None:
        """The account that a conversation has, or has from now on."""
        names, under_way = conversation.names, conversation.under_way
        home = self._homes.find(names)
        goes_on = home is not None and under_way is not False and home not in without
        if goes_on and home is not None and self._roster.able(home):
            self._homes.keep(names, home)
            return self._roster.get(home)
        asked = Asked(conversation.place, home, under_way, without)
        account = self._chosen(asked)
        if account is not None:
            self._homes.keep(names, account.label)
        return account

    def _chosen(self, asked: Asked) -> Account | None:
        self.choices += 1
        label = self._strategy.choose(self._roster, asked)
        return None if label is None else self._roster.get(label)

    def _last_word(self, only: str | None) -> ApiError:
        """What a caller is told when nobody serves: the soonest to come back speaks."""
        roster = self._roster
        if not roster.labels or (only is not None and roster.get(only) is None):
            return nobody(only)
        pause = roster.soonest() if only is None else roster.pause(only)
        if pause is None:
            return ApiError(Kind.NO_ACCOUNT, "No further ChatGPT account can serve this request.")
        error, until = pause.error, pause.until
        left = None if until is None else max(until - self._now(), 0.0)
        if error.kind is not Kind.LIMIT_REACHED or error.retry_after is None:
            left = error.retry_after
        said = _reason(error, self._now()) or error.message
        return ApiError(error.kind, said, code=error.code, retry_after=left)

    def _rest(self, account: Account, error: ApiError) -> None:
        now = self._now()
        until = self.limits(account.label).refill(now)
        if error.retry_after is not None:
            until = now + max(error.retry_after, _SHORTEST_REST)
        until = until or now + _REST_WITHOUT_TIME
        self._roster.rest(account.label, Pause(error, now, until))

    def _retire(self, account: Account, refused: str, error: ApiError) -> None:
        now = self._now()
        hopeless = self._keeper.hopeless(account) is not None
        until = None if hopeless else now + _SECOND_CHANCE_AFTER
        self._roster.rest(account.label, Pause(error, now, until, refused))

    def _state(self, account: Account) -> AccountState:
        pause = self._roster.pause(account.label)
        lasting = self._keeper.hopeless(account)
        error = pause.error if pause else lasting
        state = "active"
        if error is not None:
            state = "limited" if error.kind is Kind.LIMIT_REACHED else "sign_in_required"
        if account.paused and lasting is None:
            state = "paused"
        limits = self.limits(account.label)
        return AccountState(
            label=account.label,
            account_id=account.account_id,
            plan=limits.plan or account.plan,
            email=account.email,
            expires_at=account.tokens.expires_at,
            state=state,
            reason=_reason(error, self._now()),
            until=pause.until if pause else None,
            limits=limits,
        )


def _reason(error: ApiError | None, now: float) -> str | None:
    """Why an account does not serve, as it is to be told now."""
    if error is None:
        return None
    return error.again(now) if error.again else error.message


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
