"""What a person wants to know about a limit: which one, of which plan, and until when."""

from datetime import UTC, datetime

from codex2api.accounts.limits import RateLimits, Window

_NAMES = {300: "5-hour", 1440: "daily", 10080: "weekly"}

_REACHED = {
    "workspace_owner_credits_depleted": "The credits of this ChatGPT workspace are used up",
    "workspace_member_credits_depleted": "Your credits in this ChatGPT workspace are used up",
    "workspace_owner_usage_limit_reached": "The usage limit of this ChatGPT workspace is reached",
    "workspace_member_usage_limit_reached": (
        "The usage limit that the workspace set for you is reached"
    ),
}


_APART = (
    "This is the quota of Codex, which all programs that use this plan share; "
    "chats in ChatGPT have their own."
)
"""Most people meet two quotas here for the first time."""


def limit_text(
    limits: RateLimits, plan: str | None, reached: str | None, refill: float | None, now: float
) -> str:
    """What is empty, when it refills, and what is not affected; a few sentences.

    Args:
        limits: All that is known of the windows.
        plan: As this answer names it.
        reached: The backend's own word for the kind of limit.
        refill: When it refills, in Unix seconds, where that is known.
        now: When this is told, in Unix seconds.
    """
    said = _REACHED.get(reached or "")
    if said is None:
        said = f"The {_which(limits)} of your ChatGPT{_plan(plan or limits.plan)} plan is reached"
    return f"{said}. {_when(refill, now)}{_rest(limits, now)} {_APART}"


def _when(refill: float | None, now: float) -> str:
    if refill is None:
        return "The backend does not say when it refills."
    if refill <= now:
        return "It should have refilled by now: try again."
    at = datetime.fromtimestamp(refill, UTC)
    return f"It refills in {duration(refill - now)}, at {at:%Y-%m-%d %H:%M} UTC."


def _rest(limits: RateLimits, now: float) -> str:
    """How much is left of the plan's other windows: whether waiting for the one will help."""
    own = [window for window in limits.windows if window.family == "codex"]
    if not any(window.full for window in own):
        return ""
    others = [window for window in own if not window.full]
    return "".join(
        f" Of the {_window_name(window)} limit {window.use(now):.0f} % is used."
        for window in others
    )


def duration(seconds: float) -> str:
    """Seconds as people say them, two units at most: ``2 h 5 min``."""
    minutes = max(1, round(seconds / 60))
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    days, hours = minutes // 1440, minutes // 60
    if days:
        return f"{days} d {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _which(limits: RateLimits) -> str:
    full = [window for window in limits.windows if window.full]
    names = [_window_name(window) for window in full]
    return f"{' and the '.join(names)} limit" if names else "usage limit"


def _window_name(window: Window) -> str:
    name = _NAMES.get(window.minutes, window.name)
    return name if window.family == "codex" else f"{name} {window.family}"


def _plan(plan: str | None) -> str:
    return f" {plan.replace('_', ' ').title()}" if plan else ""
