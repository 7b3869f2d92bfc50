"""A fresh access token, refreshed once for however many ask.

A refresh token works exactly once, and one that is spent twice ends the sign-in. So there is one
refresh at a time for an account: among tasks by a shared task, among processes by the store's
refresh turn, under which the stored tokens are read again before anything is spent.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from functools import lru_cache
from hashlib import blake2b

from codex2api.accounts.account import Account, Credential, TokenSet, credential
from codex2api.accounts.ports import AccountStore, TokenIssuer
from codex2api.errors import ApiError, Kind

_FIRST_LABEL = "default"

_AHEAD = "proactive_expiry"
_RECOVERY = "unauthorized_recovery"

_APART = 1.0
"""Seconds between the refreshes of two accounts, as long as neither is needed at once."""


class _Verdict(Enum):
    """What a failed refresh means for the token that it tried."""

    DEAD = auto()
    IN_DOUBT = auto()
    LATER = auto()


_OUTCOMES = {
    _Verdict.DEAD: "refused",
    _Verdict.IN_DOUBT: "no_answer",
    _Verdict.LATER: "failed",
}


@dataclass(frozen=True, slots=True)
class _Failure:
    """A refresh that failed, remembered for exactly the refresh token that it tried."""

    refresh_token: str
    verdict: _Verdict
    error: ApiError
    at: float


class TokenKeeper:
    """Hands out credentials that live, and refreshes what is about to die.

    Args:
        store: Where the tokens are; also the arbiter between processes.
        issuer: Spends refresh tokens.
        now: Unix seconds.
        margin: Seconds before expiry from which on a token is refreshed. Accounts with a label of
            their own begin up to twice as early, each at another time: those that were signed in
            together would otherwise refresh in the same second.
        cool_down: Seconds that must pass after a refresh without an answer before the same token
            is tried again: the issuer may have spent it.
        pause: Seconds without another try after a passing failure, as long as the access token
            still lives.
        patience: Seconds that a caller waits for a refresh while the old token still lives.

    Attributes:
        outcomes: How refreshes ended, so far: ``done``, ``refused``, ``no_answer``, ``failed``.
    """

    def __init__(
        self,
        store: AccountStore,
        issuer: TokenIssuer,
        *,
        now: Callable[[], float],
        margin: float = 300.0,
        cool_down: float = 60.0,
        pause: float = 10.0,
        patience: float = 5.0,
    ) -> None:
        self._store = store
        self._issuer = issuer
        self._now = now
        self._margin = margin
        self._cool_down = cool_down
        self._pause = pause
        self._patience = patience
        self._flights: dict[tuple[str, str], asyncio.Task[Account]] = {}
        self._failures: dict[str, _Failure] = {}
        self._latest = ("", 0.0)
        self.outcomes: Counter[str] = Counter()

    async def fresh(self, account: Account) -> Credential:
        """A credential that is good for some minutes more.

        Raises:
            ApiError: ``SIGN_IN_REQUIRED`` when the sign-in is over, ``CONSENT_REQUIRED`` when it
                may not use the plan; else why the refresh failed.
        """
        if not account.tokens.plan_use:
            raise no_consent(account)
        if not self._due(account) or self._gives_way(account):
            return credential(account)
        flight = self._flight(account.label, account.tokens.access_token, _AHEAD)
        if self._expired(account.tokens):
            return credential(await asyncio.shield(flight))
        return credential(await self._soon(flight) or account)

    async def renew(self, account: Account, refused: Credential) -> Credential:
        """Another credential, after the upstream answered 401 to this one.

        Costs no refresh when the store holds another access token already.

        Raises:
            ApiError: As ``fresh``.
        """
        flight = self._flight(account.label, refused.access_token, _RECOVERY)
        return credential(await asyncio.shield(flight))

    def hopeless(self, account: Account) -> ApiError | None:
        """Why these very tokens can never serve (again), if that is known."""
        if not account.tokens.plan_use:
            return no_consent(account)
        failure = self._failures.get(account.label)
        if failure is None or failure.refresh_token != account.tokens.refresh_token:
            return None
        return failure.error if failure.verdict is _Verdict.DEAD else None

    async def settle(self) -> None:
        """Wait for refreshes under way; to be called before the event loop ends.

        A refresh that is cancelled half-way loses the new token, and with it the sign-in.
        """
        while self._flights:
            await asyncio.wait(list(self._flights.values()))

    async def _soon(self, flight: asyncio.Task[Account]) -> Account | None:
        """What a refresh brings, unless the old token had better serve on meanwhile.

        Another replica may have died while it refreshed, or the database of all of them be away.
        """
        done, _ = await asyncio.wait([flight], timeout=self._patience)
        try:
            return flight.result() if done else None
        except ApiError as error:
            if error.kind is not Kind.STORAGE_UNAVAILABLE:
                raise
            return None

    def _flight(self, label: str, stale: str, reason: str) -> asyncio.Task[Account]:
        key = (label, stale)
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._replace(label, stale, reason))
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        return flight

    def _landed(self, key: tuple[str, str], flight: asyncio.Task[Account]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # counts as seen, also when every asker has left

    async def _replace(self, label: str, stale: str, reason: str) -> Account:
        async with self._store.refresh_turn(label) as stored:
            replaced = reason == _AHEAD or stored.tokens.access_token != stale
            if replaced and not self._due(stored):
                return stored
            if self._serves_on(stored, stale, reason):
                return stored
            self._raise_remembered(stored)
            return await self._renewed(stored, reason)

    async def _renewed(self, account: Account, reason: str) -> Account:
        if not account.tokens.verified:  # whoever rotated them was stopped before the check
            account = await self._confirm(account)
            if reason == _AHEAD and not self._expired(account.tokens):
                return account
        if not account.tokens.may_be_refreshed(self._now()):
            raise _too_early(account)
        return await self._refresh(account, reason)

    async def _refresh(self, account: Account, reason: str) -> Account:
        self._latest = (account.label, self._now())
        try:
            tokens = await self._issuer.refresh(account.tokens, reason)
        except ApiError as error:
            self.outcomes[_OUTCOMES[_verdict(error)]] += 1
            return await self._after_failure(account, reason, error)
        self.outcomes["done"] += 1
        self._failures.pop(account.label, None)
        if tokens.verified:
            return await self._save(account, tokens)
        # The old refresh token is spent: what can be checked can be checked later, by anybody.
        return await self._confirm(await self._save(account, tokens))

    async def _confirm(self, account: Account) -> Account:
        try:
            tokens = await self._issuer.confirm(account.tokens)
        except ApiError as error:
            return await self._after_failure(account, _AHEAD, error)
        return await self._save(account, tokens)

    async def _save(self, account: Account, tokens: TokenSet) -> Account:
        if tokens.identity and not account.belongs_to(tokens.identity):
            stranger = ApiError(
                Kind.SIGN_IN_REQUIRED, "The sign-in service answered with another account's tokens."
            )
            raise self._remember(account, _Verdict.DEAD, stranger)
        return await self._store.save_tokens(account.label, tokens)

    async def _after_failure(self, account: Account, reason: str, error: ApiError) -> Account:
        """The account as it can serve nevertheless, or what the caller is told."""
        failure = self._remember(account, _verdict(error), error)
        for stored in await self._store.accounts():
            changed = stored.tokens.access_token != account.tokens.access_token
            if stored.label == account.label and changed and not self._expired(stored.tokens):
                return stored
        if self._serves_on(account, account.tokens.access_token, reason):
            return account
        raise failure

    def _serves_on(self, account: Account, stale: str, reason: str) -> bool:
        """Whether the old access token carries on after a failure that may pass."""
        failure = self._failures.get(account.label)
        if failure is None or failure.refresh_token != account.tokens.refresh_token:
            return False
        refused = reason == _RECOVERY and account.tokens.access_token == stale
        if failure.verdict is _Verdict.DEAD or refused or self._expired(account.tokens):
            return False
        return self._since(failure) < self._wait(failure)

    def _raise_remembered(self, account: Account) -> None:
        failure = self._failures.get(account.label)
        if failure is None or failure.refresh_token != account.tokens.refresh_token:
            return
        if failure.verdict is _Verdict.DEAD:
            raise _again(failure.error)
        left = self._cool_down - self._since(failure)
        if failure.verdict is _Verdict.IN_DOUBT and left > 0:
            raise _again(failure.error, retry_after=left)

    def _remember(self, account: Account, verdict: _Verdict, error: ApiError) -> ApiError:
        told = _told(account, verdict, error, self._cool_down)
        token = account.tokens.refresh_token
        self._failures[account.label] = _Failure(token, verdict, told, self._now())
        return _again(told)

    def _gives_way(self, account: Account) -> bool:
        """Whether another account has just been refreshed and this one still has time."""
        label, at = self._latest
        just = abs(self._now() - at) < _APART and label != account.label
        return just and not self._expired(account.tokens)

    def _wait(self, failure: _Failure) -> float:
        return self._cool_down if failure.verdict is _Verdict.IN_DOUBT else self._pause

    def _since(self, failure: _Failure) -> float:
        return abs(self._now() - failure.at)  # a clock that was set back must not wait for ever

    def _expired(self, tokens: TokenSet) -> bool:
        return tokens.expires_at <= self._now()

    def _due(self, account: Account) -> bool:
        """Whether it is time to refresh, or to check what came of the last refresh.

        A token whose whole life is short is not due from its first minute on, and one that was
        expired when it came (our clock is wrong, then) is used until the upstream refuses it:
        either would mean a refresh for each request.
        """
        tokens = account.tokens
        if not tokens.verified:
            return True
        margin = self._margin
        if tokens.issued_at is not None:
            life = tokens.expires_at - tokens.issued_at
            if life <= 0:
                return False
            margin = min(margin, life / 10)
        now = self._now()
        at_hand = tokens.expires_at - margin * _spread(account.label) <= now
        return at_hand and tokens.may_be_refreshed(now)


@lru_cache(maxsize=1024)
def _spread(label: str) -> float:
    """1 to 2, always the same for a label, in every process."""
    if label == _FIRST_LABEL:
        return 1.0
    return 1.0 + int.from_bytes(blake2b(label.encode(), digest_size=4).digest()) / 2**32


def _verdict(error: ApiError) -> _Verdict:
    match error.kind:
        case Kind.SIGN_IN_REQUIRED:
            return _Verdict.DEAD
        case Kind.UPSTREAM_TIMEOUT:
            return _Verdict.IN_DOUBT
        case _:
            return _Verdict.LATER


def _told(account: Account, verdict: _Verdict, error: ApiError, cool_down: float) -> ApiError:
    """The failure, in words that tell the owner what to do."""
    if verdict is _Verdict.DEAD:
        remedy = f"Run `codex2api login{_options(account)}` to sign in again."
        return ApiError(error.kind, f"{error.message} {remedy}", code=error.code)
    if verdict is _Verdict.IN_DOUBT:
        why = (
            "The sign-in service did not answer in time and may have used up the refresh token, so "
            f"it is not asked again for {cool_down:.0f} seconds. Signing in again helps at once."
        )
        return ApiError(error.kind, why, retry_after=cool_down)
    return error


def _options(account: Account) -> str:
    named = "" if account.label == _FIRST_LABEL else f" --account {account.label}"
    return f"{account.kind.option}{named}"


def no_consent(account: Account) -> ApiError:
    """The error for who would use an account that may not use its plan."""
    return ApiError(
        Kind.CONSENT_REQUIRED,
        "This ChatGPT sign-in may not use the plan, because that was not allowed when it was made. "
        f"Run `codex2api login{_options(account)}` and allow the use of the plan on OpenAI's page.",
    )


def _too_early(account: Account) -> ApiError:
    earliest = datetime.fromtimestamp(account.tokens.earliest_refresh_at or 0, UTC)
    return ApiError(
        Kind.SIGN_IN_REQUIRED,
        "ChatGPT does not accept this sign-in's access token, and OpenAI takes no refresh before "
        f"{earliest:%H:%M} UTC: an earlier one would end the sign-in, so none was tried. "
        f"`codex2api login{_options(account)}` helps at once.",
    )


def _again(error: ApiError, retry_after: float | None = None) -> ApiError:
    # A new object for each raise: a shared one would collect everybody's traceback.
    return ApiError(
        error.kind,
        error.message,
        code=error.code,
        retry_after=error.retry_after if retry_after is None else retry_after,
    )
