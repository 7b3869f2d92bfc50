"""Who may use how much of a ChatGPT plan: shares of its weekly window, and what is kept back.

The backend tells how full a window is, never who filled it. So a key's part is an estimate: of
what was used since we began to count in this window, as much as the key's part of all tokens that
went through here.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from codex2api.callers.caller import Caller
from codex2api.callers.counter import BASE, EVERYBODY, WEEK, Books
from codex2api.errors import ApiError, Kind
from codex2api.protocol.usage import Usage

_WEEK_MINUTES = 10_080
_CACHED, _FRESH, _WRITTEN = 1, 10, 80
"""What a token weighs: the ratio of OpenAI's prices for cached input, input and output."""


class PlanWindow(Protocol):
    """A limit window of a plan (``accounts.limits.Window``)."""

    @property
    def minutes(self) -> int:
        """Its length."""

    @property
    def used_percent(self) -> float:
        """0 to 100, sometimes beyond."""

    @property
    def resets_at(self) -> float | None:
        """When it refills, in Unix seconds, where known."""

    @property
    def family(self) -> str:
        """``codex`` for the plan's own."""


PlanWindows = Callable[[str], Sequence[PlanWindow]]
"""What is known of an account's windows, by its label."""


class Plan:
    """The plans behind this server.

    Args:
        windows: What is known of them.
        books: Where it is counted.
        now: Unix seconds.

    Attributes:
        reserve: Percent that is kept back for the owner and for chosen keys; 0 for nothing.
        sharing: Whether any key has a share, so that all have to be counted.
    """

    def __init__(
        self, windows: PlanWindows, books: Books, now: Callable[[], float], reserve: float = 0
    ) -> None:
        self._windows = windows
        self.reserve = reserve
        self._books = books
        self._now = now
        self.sharing = False

    def concerns(self, caller: Caller) -> bool:
        """Whether ``check`` could refuse a caller."""
        kept_back = self.reserve > 0 and not (caller.admin or caller.grants.reserve)
        return kept_back or caller.grants.weekly_share is not None

    def check(self, caller: Caller, label: str) -> None:
        """Let a caller use an account.

        Raises:
            ApiError: ``RATE_LIMITED``.
        """
        now = self._now()
        windows = [
            window
            for window in self._windows(label)
            if window.family == "codex" and (window.resets_at is None or window.resets_at > now)
        ]
        if not windows:
            return
        if self.reserve and not (caller.admin or caller.grants.reserve):
            self._keep_back(max(windows, key=lambda window: window.used_percent), now)
        share = caller.grants.weekly_share
        week = _weekly(windows)
        if share is not None and week is not None and self._part(caller, label, week) >= share:
            raise _refused(
                f"This API key has used its {share:g} % of the plan's weekly window (an estimate)",
                week,
                now,
            )

    def count(self, caller: Caller, label: str | None, usage: Usage | None) -> None:
        """Take in what an answer took."""
        if not self.sharing or label is None or usage is None:
            return
        week = _weekly(self._windows(label))
        if week is None or week.resets_at is None:
            return
        began, weight = int(week.resets_at), weight_of(usage)
        self._add(EVERYBODY, BASE + label, round(week.used_percent * 100), began)
        self._add(EVERYBODY, WEEK + label, weight, began)
        if caller.grants.weekly_share is not None:
            self._add(caller.id, WEEK + label, weight, began)

    def _keep_back(self, fullest: PlanWindow, now: float) -> None:
        left = 100 - fullest.used_percent
        if left < self.reserve:
            raise _refused(
                f"The owner of this server keeps the last {self.reserve:g} % of the plan for "
                f"chosen API keys, and {max(left, 0):g} % are left",
                fullest,
                now,
            )

    def _part(self, caller: Caller, label: str, week: PlanWindow) -> float:
        """Percent of the week that a caller has used, as far as that can be told."""
        if week.resets_at is None:
            return 0.0
        began = int(week.resets_at)
        everybody = self._books.counter(EVERYBODY, WEEK + label).used(began)
        if not everybody:
            return 0.0
        own = self._books.counter(caller.id, WEEK + label).used(began)
        base = self._books.counter(EVERYBODY, BASE + label).used(began) / 100
        since = week.used_percent - base
        return max(since, 0.0) * own / everybody

    def _add(self, owner: str, kind: str, amount: int, began: int) -> None:
        if self._books.counter(owner, kind).add(amount, began):
            self._books.changed(owner, kind)


def weight_of(usage: Usage) -> int:
    """What an answer weighs in a plan, in a unit of its own: a tenth of a token of fresh input."""
    fresh = max((usage.input_tokens or 0) - usage.cached, 0)
    return fresh * _FRESH + usage.cached * _CACHED + (usage.output_tokens or 0) * _WRITTEN


def _weekly(windows: Sequence[PlanWindow]) -> PlanWindow | None:
    own = (window for window in windows if window.family == "codex")
    return next((window for window in own if window.minutes == _WEEK_MINUTES), None)


def _refused(what: str, window: PlanWindow, now: float) -> ApiError:
    if window.resets_at is None:
        return ApiError(Kind.RATE_LIMITED, f"{what}.")
    moment = datetime.fromtimestamp(window.resets_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return ApiError(
        Kind.RATE_LIMITED,
        f"{what}; the window refills at {moment}.",
        retry_after=window.resets_at - now,
    )
