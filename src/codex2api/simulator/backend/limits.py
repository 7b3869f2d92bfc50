"""The plan's limit windows: as headers, as an event and as ``/wham/usage`` has them."""

import time
from dataclasses import dataclass
from typing import Any, Literal

FIVE_HOURS = 300
WEEK = 10_080

Shape = Literal["normal", "free", "none"]


@dataclass(slots=True)
class Window:
    """One limit window.

    Attributes:
        used: Percent.
        minutes: Its length.
        left: Seconds until it starts anew.
    """

    used: float
    minutes: int
    left: int

    def headers(self, slot: str) -> dict[str, str]:
        """The window as response headers; ``slot`` is ``primary`` or ``secondary``."""
        return {
            f"x-codex-{slot}-used-percent": f"{self.used:g}",
            f"x-codex-{slot}-window-minutes": str(self.minutes),
            f"x-codex-{slot}-reset-at": str(int(time.time()) + self.left),
            f"x-codex-{slot}-reset-after-seconds": str(self.left),
        }

    def event(self) -> dict[str, Any]:
        """The window as ``codex.rate_limits`` has it."""
        return {
            "used_percent": self.used,
            "window_minutes": self.minutes,
            "reset_after_seconds": self.left,
            "reset_at": int(time.time()) + self.left,
        }

    def usage(self) -> dict[str, Any]:
        """The window as ``/wham/usage`` has it."""
        return {
            "used_percent": self.used,
            "limit_window_seconds": self.minutes * 60,
            "reset_after_seconds": self.left,
            "reset_at": int(time.time()) + self.left,
        }


@dataclass(slots=True)
class Limits:
    """All windows of the simulated plan; ``shown`` is false for answers without limit headers."""

    plan: str
    primary: Window
    secondary: Window | None
    shown: bool = True

    @property
    def reached(self) -> bool:
        """Whether a window is used up."""
        return self.primary.used >= 100 or bool(self.secondary and self.secondary.used >= 100)

    def headers(self) -> dict[str, str]:
        """The limit headers of any answer."""
        if not self.shown:
            return {}
        secondary = self.secondary.headers("secondary") if self.secondary else {}
        return {
            **self.primary.headers("primary"),
            **secondary,
            "x-codex-plan-type": self.plan,
            "x-codex-active-limit": "codex",
            "x-codex-credits-has-credits": "False",
            "x-codex-credits-unlimited": "False",
        }

    def event(self) -> dict[str, Any]:
        """The body of ``codex.rate_limits``."""
        return {
            "plan_type": self.plan,
            "rate_limits": {
                "allowed": not self.reached,
                "limit_reached": self.reached,
                "primary": self.primary.event(),
                "secondary": self.secondary.event() if self.secondary else None,
            },
            "code_review_rate_limits": None,
            "additional_rate_limits": None,
            "credits": {"has_credits": False, "unlimited": False, "balance": "0"},
            "promo": None,
        }

    def usage(self) -> dict[str, Any]:
        """The body of ``/wham/usage``."""
        return {
            "plan_type": self.plan,
            "rate_limit": {
                "allowed": not self.reached,
                "limit_reached": self.reached,
                "primary_window": self.primary.usage(),
                "secondary_window": self.secondary.usage() if self.secondary else None,
            },
            "credits": {
                "has_credits": False,
                "unlimited": False,
                "balance": "0",
                "approx_local_messages": [0, 0],
                "approx_cloud_messages": [0, 0],
            },
            "spend_control": {"reached": False, "individual_limit": None},
            "additional_rate_limits": [],
            "rate_limit_reached_type": "rate_limit_reached" if self.reached else None,
            "rate_limit_reset_credits": {"available_count": 0},
        }


def limits_of(shape: Shape, plan: str) -> Limits:
    """The windows at the start; the free plan has its weekly one in the primary slot."""
    if shape == "free":
        return Limits(plan, Window(20, WEEK, 400_000), None)
    weekly = Window(40, WEEK, 300_000)
    return Limits(plan, Window(12, FIVE_HOURS, 9_000), weekly, shown=shape != "none")
