"""How much of a plan is used: the backend tells it in three shapes, here they become one.

Windows are named by their length, never by their slot: on a free plan the "primary" window is
the weekly one (protocol sheet, sections 3.1, 3.6 and 7.1).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from msgspec import Struct

from codex2api.protocol.events import RateLimitsSeen

_HEADER = re.compile(
    r"x-(?P<family>[a-z0-9-]+)-(?P<slot>primary|secondary)"
    r"-(?P<field>used-percent|window-minutes|reset-at|reset-after-seconds)"
)


@dataclass(frozen=True, slots=True)
class Window:
    """One limit window.

    Attributes:
        minutes: Its length.
        used_percent: 0 to 100, sometimes beyond.
        resets_at: When it refills, in Unix seconds, where known.
        as_of: When the backend said so, in Unix seconds.
        family: The metered limit it belongs to; ``codex`` for the plan's own.
    """

    minutes: int
    used_percent: float
    resets_at: float | None
    as_of: float
    family: str = "codex"

    @property
    def name(self) -> str:
        """Short: ``5h``, ``7d``, ``90m``."""
        for unit, minutes in (("d", 1440), ("h", 60)):
            if self.minutes % minutes == 0:
                return f"{self.minutes // minutes}{unit}"
        return f"{self.minutes}m"

    @property
    def full(self) -> bool:
        """Nothing left."""
        return self.used_percent >= 100

    def use(self, now: float) -> float:
        """Percent used as far as can be told now: what has refilled since is empty.

        In between it can only have grown, by programs that we know nothing of.
        """
        ends = self.as_of + self.minutes * 60 if self.resets_at is None else self.resets_at
        return 0.0 if ends <= now else self.used_percent


class RateLimits(Struct, frozen=True):
    """All that is known about the use of one account's plan.

    Attributes:
        windows: Shortest first, the plan's own before other families.
        plan: The plan's name as the backend spells it.
        reached: Whether the backend says that a limit is reached; ``None`` if it does not say.
        credits: Credits beside the plan, as the backend words them.
    """

    windows: tuple[Window, ...] = ()
    plan: str | None = None
    reached: bool | None = None
    credits: str | None = None

    @classmethod
    def from_headers(cls, headers: Mapping[str, str], now: float) -> "RateLimits":
        """From response headers, names in lower case."""
        slots: dict[tuple[str, str], dict[str, Any]] = {}
        for name, value in headers.items():
            if place := _place(name):
                family, slot, field = place
                slots.setdefault((family, slot), {})[field] = value
        found = [
            _window(
                family,
                told.get("window-minutes"),
                told.get("used-percent"),
                told.get("reset-at"),
                told.get("reset-after-seconds"),
                now,
            )
            for (family, _), told in slots.items()
        ]
        return cls(
            windows=_sorted(found),
            plan=headers.get("x-codex-plan-type") or None,
            reached=True if headers.get("x-codex-rate-limit-reached-type") else None,
            credits=headers.get("x-codex-credits-balance") or None,
        )

    @classmethod
    def from_event(cls, event: RateLimitsSeen, now: float) -> "RateLimits":
        """From a ``codex.rate_limits`` event."""
        limits = _mapping(event.rate_limits)
        family = (event.metered_limit_name or "codex").replace("-", "_")
        found = (
            _window(
                family,
                slot.get("window_minutes"),
                slot.get("used_percent"),
                slot.get("reset_at"),
                slot.get("reset_after_seconds"),
                now,
            )
            for slot in (_mapping(limits.get("primary")), _mapping(limits.get("secondary")))
        )
        reached = limits.get("limit_reached")
        return cls(
            windows=_sorted(found),
            plan=event.plan_type,
            reached=reached if isinstance(reached, bool) else None,
            credits=_text(_mapping(event.credits).get("balance")),
        )

    @classmethod
    def from_usage(cls, body: Mapping[str, Any], now: float) -> "RateLimits":
        """From the body of ``GET /wham/usage``, in which everything may be missing."""
        own = _mapping(body.get("rate_limit"))
        found = list(_usage_windows("codex", own, now))
        further = body.get("additional_rate_limits")
        for entry in map(_mapping, further if isinstance(further, list) else []):
            name = entry.get("metered_feature") or entry.get("limit_name")
            if isinstance(name, str):
                found += _usage_windows(name, _mapping(entry.get("rate_limit")), now)
        reached = own.get("limit_reached")
        return cls(
            windows=_sorted(found),
            plan=_text(body.get("plan_type")),
            reached=reached if isinstance(reached, bool) else None,
            credits=_text(_mapping(body.get("credits")).get("balance")),
        )

    def updated(self, newer: "RateLimits", now: float) -> "RateLimits":
        """With what is newer put over what is older, window by window, whichever was heard first.

        A long answer may tell at its end what held at its beginning. What is to be told only in
        the future was told before the clock was set back: nothing is older.
        """
        if newer == NO_LIMITS:
            return self
        both = (*self.windows, *newer.windows)
        told = sorted(both, key=lambda window: window.as_of if window.as_of <= now else 0.0)
        known = {(window.family, window.minutes): window for window in told}
        return RateLimits(
            _sorted(known.values()),
            newer.plan or self.plan,
            newer.reached,
            newer.credits or self.credits,
        )

    def binding(self, now: float) -> Window | None:
        """The fullest of the plan's own windows, the one that ends the work first.

        Of two that are equally full it is the one that refills later.
        """
        return max(
            (window for window in self.windows if window.family == "codex"),
            key=lambda window: (window.use(now), window.resets_at or 0.0),
            default=None,
        )

    @property
    def as_of(self) -> float:
        """When the oldest of the plan's own windows was told, in Unix seconds; 0 if none was."""
        return min((each.as_of for each in self.windows if each.family == "codex"), default=0.0)

    def refill(self, now: float) -> float | None:
        """When the last of the plan's full windows refills, in Unix seconds, if that is known."""
        times = [
            window.resets_at
            for window in self.windows
            if window.full and window.family == "codex" and (window.resets_at or 0) > now
        ]
        return max((time for time in times if time is not None), default=None)

    def ratelimit_headers(self, now: float) -> dict[str, str]:
        """What can honestly be said in OpenAI's own headers.

        The backend tells percentages, no counts; so only the time of the refill, and zero when
        nothing is left.
        """
        fullest = max(
            (window for window in self.windows if window.family == "codex"),
            key=lambda window: window.used_percent,
            default=None,
        )
        if fullest is None:
            return {}
        headers = {}
        if fullest.resets_at is not None and fullest.resets_at > now:
            headers["x-ratelimit-reset-requests"] = f"{fullest.resets_at - now:.0f}s"
        if fullest.full:
            headers["x-ratelimit-remaining-requests"] = "0"
        return headers


NO_LIMITS = RateLimits()


@lru_cache(maxsize=256)
def _place(name: str) -> tuple[str, str, str] | None:
    """Family, slot and field that a header tells; every answer has the same few names."""
    match = _HEADER.fullmatch(name)
    return match and (match["family"].replace("-", "_"), match["slot"], match["field"])


def _usage_windows(family: str, limit: Mapping[str, Any], now: float) -> list[Window | None]:
    windows: list[Window | None] = []
    for slot in (_mapping(limit.get("primary_window")), _mapping(limit.get("secondary_window"))):
        seconds = _number(slot.get("limit_window_seconds"))
        windows.append(
            _window(
                family.replace("-", "_"),
                None if seconds is None else seconds / 60,
                slot.get("used_percent"),
                slot.get("reset_at"),
                slot.get("reset_after_seconds"),
                now,
            )
        )
    return windows


def _window(
    family: str, minutes: Any, used: Any, reset_at: Any, reset_after: Any, now: float
) -> Window | None:
    length, percent = _number(minutes), _number(used)
    if not length or length < 1 or percent is None:
        return None  # absent, or the all-zero window that means "no data"
    resets_at, left = _number(reset_at), _number(reset_after)
    if not resets_at:
        resets_at = None if left is None else now + left
    return Window(round(length), percent, resets_at, now, family)


def _sorted(windows: Any) -> tuple[Window, ...]:
    return tuple(
        sorted(
            (window for window in windows if window is not None),
            key=lambda window: (window.family != "codex", window.family, window.minutes),
        )
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e12 else None  # also false for nan
