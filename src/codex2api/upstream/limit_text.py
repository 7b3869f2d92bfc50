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


def limit_text(
    limits: RateLimits, plan: str | None, reached: str | None, refill: float | None, now: float
) -> str:
    """One or two sentences; ``reached`` is the backend's own word for the kind of limit."""
    said = _REACHED.get(reached or "")
    if said is None:
        said = f"The {_which(limits)} of your ChatGPT{_plan(plan or limits.plan)} plan is reached"
    if refill is None or refill <= now:
        return f"{said}. The backend does not say when it refills."
    at = datetime.fromtimestamp(refill, UTC)
    return f"{said}. It refills in {duration(refill - now)}, at {at:%Y-%m-%d %H:%M} UTC."


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
