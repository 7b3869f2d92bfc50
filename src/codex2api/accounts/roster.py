"""The accounts that there are, and how each of them stands."""

import heapq
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from codex2api.accounts.account import Account
from codex2api.accounts.limits import NO_LIMITS, RateLimits
from codex2api.accounts.policy import Standing
from codex2api.accounts.ring import Ring
from codex2api.errors import ApiError, Kind


@dataclass(frozen=True, slots=True)
class Pause:
    """Why an account does not serve.

    Attributes:
        since: Unix seconds.
        until: Unix seconds; ``None`` until its tokens change.
        refused: The access token that was refused: the pause ends when another one is stored.
    """

    error: ApiError
    since: float
    until: float | None
    refused: str | None = field(default=None, repr=False)


class Roster:
    """Accounts by label, with their pauses and limits; the ``Field`` of the strategies.

    Nothing that is asked for every request looks at all of them: what is learned is put in its
    place when it is learned.

    Args:
        now: Unix seconds.

    Attributes:
        labels: All of them, in stable order.
        version: Another number whenever an account comes, goes, rests or is back.
        lent: How many calls each serves at this moment.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.labels: Sequence[str] = ()
        self.version = 0
        self.lent: Counter[str] = Counter()
        self._now = now
        self._known: Sequence[Account] = ()
        self._accounts: Mapping[str, Account] = {}
        self._limits: dict[str, RateLimits] = {}
        self._pauses: dict[str, Pause] = {}
        self._wakings: list[tuple[float, str]] = []
        self._latest = 0.0  # beginning of a pause that ends by itself
        self._ring: Ring | None = None
        self._soonest: tuple[int, Pause | None] = (-1, None)

    def see(self, known: Sequence[Account]) -> None:
        """Take in the accounts as stored now; costs nothing if they are the very same as before."""
        if known is self._known:
            return
        before, self._known = self._accounts, known
        self._accounts = {account.label: account for account in known}
        labels = tuple(self._accounts)
        if labels != self.labels:
            self.labels, self._ring = labels, None
            self.version += 1
        for label in [label for label, account in before.items() if not self._is_same(account)]:
            self._limits.pop(label, None)
            self.lift(label)
        for label in self._renewed():
            self.lift(label)
        self._heed_owner(before)

    def wake(self) -> None:
        """Let those serve again whose pause is over."""
        if not self._wakings:
            return
        now = self._now()
        if now < self._latest:
            self._lift_those_to_come(now)
        while self._wakings and self._wakings[0][0] <= now:
            until, label = heapq.heappop(self._wakings)
            pause = self._pauses.get(label)
            if pause is not None and pause.until == until:
                self.lift(label)

    def rest(self, label: str, pause: Pause) -> None:
        """Have an account serve no more for the time being."""
        account = self._accounts.get(label)
        if account is None or account.paused:
            return
        self._pauses[label] = pause
        if pause.until is not None:
            heapq.heappush(self._wakings, (pause.until, label))
            self._latest = max(self._latest, pause.since)
        self.version += 1

    def lift(self, label: str) -> None:
        """End a pause, if there is one."""
        if self._pauses.pop(label, None) is not None:
            self.version += 1

    def learn_limits(self, label: str, limits: RateLimits) -> None:
        """Take in what the backend said about an account's limits."""
        self._limits[label] = self.limits(label).updated(limits, self._now())
        pause = self._pauses.get(label)
        if pause is None or pause.error.kind is not Kind.LIMIT_REACHED:
            return
        if limits.reached is False and (not limits.windows or limits.as_of >= pause.since):
            self.lift(label)

    def limits(self, label: str) -> RateLimits:
        """What is known about an account's limits."""
        return self._limits.get(label, NO_LIMITS)

    def standing(self, label: str) -> Standing:
        """How an account stands."""
        now, lent = self._now(), self.lent[label]
        window = self.limits(label).binding(now)
        if window is None:
            return Standing(lent=lent)
        return Standing(window.use(now), window.resets_at or float("inf"), lent)

    def get(self, label: str) -> Account | None:
        """The account of a label."""
        return self._accounts.get(label)

    def pause(self, label: str) -> Pause | None:
        """Why an account does not serve, if it does not."""
        return self._pauses.get(label)

    def able(self, label: str) -> bool:
        """Whether an account could serve."""
        return label not in self._pauses and label in self._accounts

    @property
    def idle(self) -> bool:
        """Whether nobody could serve."""
        return len(self._pauses) >= len(self._accounts)

    @property
    def ring(self) -> Ring:
        """All labels, made when first asked for."""
        if self._ring is None:
            self._ring = Ring(self.labels)
        return self._ring

    def soonest(self) -> Pause | None:
        """The pause that is expected to end first, a limit's before any other."""
        if self._soonest[0] != self.version:
            first = min(
                self._pauses.values(),
                key=lambda pause: (pause.error.kind is not Kind.LIMIT_REACHED, pause.until or 0.0),
                default=None,
            )
            self._soonest = (self.version, first)
        return self._soonest[1]

    def _lift_those_to_come(self, now: float) -> None:
        """End pauses that have not begun: the clock was set back, and they would last that longer.

        Whoever must still rest is told so again by the backend.
        """
        for label, pause in list(self._pauses.items()):
            if pause.until is not None and pause.since > now:
                self.lift(label)
        self._latest = now

    def _heed_owner(self, before: Mapping[str, Account]) -> None:
        """Have accounts stand aside that are paused, and come back when they are no more."""
        for label, account in self._accounts.items():
            was_paused = label in before and before[label].paused
            if account.paused and not (was_paused and label in self._pauses):
                self._pauses[label] = Pause(paused(label), self._now(), None)
                self.version += 1
            elif was_paused and not account.paused:
                self.lift(label)

    def _is_same(self, account: Account) -> bool:
        now = self._accounts.get(account.label)
        return now is not None and now.account_id == account.account_id

    def _renewed(self) -> list[str]:
        """Labels whose refused token has been replaced: somebody signed in, maybe elsewhere."""
        return [
            label
            for label, pause in self._pauses.items()
            if pause.refused is not None
            and (account := self._accounts.get(label)) is not None
            and pause.refused != account.tokens.access_token
        ]


def paused(label: str) -> ApiError:
    """The error for who asks while an account stands aside because its owner wants it to."""
    return ApiError(
        Kind.FORBIDDEN,
        f"The ChatGPT account {label!r} is paused. Its owner can resume it in the dashboard.",
        code="account_paused",
    )
