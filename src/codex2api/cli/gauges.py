"""Accounts and their limit windows as lines for a terminal; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_USAGE_PAGE = "https://chatgpt.com/settings/usage"
_NARROW = 60
_BAR = 29
_AMBER, _RED = 75, 95
_NAMES = {"5h": "5 hours", "7d": "week", "1d": "day", "30d": "month"}


@dataclass(frozen=True, slots=True)
class Gauge:
    """One limit window.

    Attributes:
        resets_at: With its zone.
    """

    name: str
    minutes: int
    used_percent: float
    resets_at: datetime | None
    as_of: datetime
    family: str = "codex"


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account.

    Attributes:
        state: ``active``, ``limited``, ``sign_in_required`` or ``consent_required``.
        kind: Which of OpenAI's sign-ins it came by.
        limits_reported: Whether ChatGPT tells how much of the plan is used.
        until: When a limited one is expected back.
        token_expires_at: When its access token ends; it is refreshed before.
    """

    label: str
    name: str
    plan: str | None
    state: str
    reason: str | None
    until: datetime | None
    token_expires_at: datetime | None
    gauges: tuple[Gauge, ...] = ()
    kind: str = "codex"
    limits_reported: bool = True


@dataclass(frozen=True, slots=True)
class Style:
    """What the terminal can show.

    Attributes:
        width: Columns.
        plain: Only ASCII.
    """

    width: int = 80
    plain: bool = False


def draw(accounts: Sequence[AccountLine], now: datetime, style: Style) -> list[tuple[str, str]]:
    """Lines with their colour (empty for none); several accounts each say how old the news is."""
    lines: list[tuple[str, str]] = []
    for account in accounts:
        lines += _account(account, now, style)
        if len(accounts) > 1 and account.gauges:
            age = span((now - min(gauge.as_of for gauge in account.gauges)).total_seconds())
            lines.append((f"  limits as of {age} ago", ""))
    return lines


def _account(account: AccountLine, now: datetime, style: Style) -> list[tuple[str, str]]:
    head = f"{account.name}   {account.plan or 'plan unknown'}   {_state(account, now, style)}"
    if account.kind != "codex":
        head += f"   {account.kind} sign-in"
    if account.label != "default":
        head = f"{account.label}: {head}"
    lines = [(head, "" if account.state == "active" else "yellow")]
    if account.state in ("sign_in_required", "consent_required") and account.reason:
        lines.append((f"  {account.reason}", "red"))
    lines += [_gauge(gauge, now, style) for gauge in account.gauges]
    if not account.limits_reported:
        lines.append((f"  limits are not told by this sign-in; see {_USAGE_PAGE}", ""))
    elif not account.gauges and account.state == "active":
        lines.append(("  limits unknown yet; --refresh asks ChatGPT", ""))
    if account.token_expires_at is not None and not account.gauges:
        lines.append((f"  access token {_life(account.token_expires_at, now)}", ""))
    return lines


def _state(account: AccountLine, now: datetime, style: Style) -> str:
    sign = "!" if style.plain else "▲"
    match account.state:
        case "active":
            return "active"
        case "limited":
            return f"{sign} limited" + (
                f" until {_clock(account.until, now)}" if account.until else ""
            )
        case "consent_required":
            return f"{sign} may not use the plan"
        case _:
            return f"{sign} sign-in needed"


def _gauge(gauge: Gauge, now: datetime, style: Style) -> tuple[str, str]:
    name = _NAMES.get(gauge.name, gauge.name)
    if gauge.family != "codex":
        name = f"{gauge.family} {name}"
    parts = [f"  {name:<9}"]
    if style.width >= _NARROW:
        parts.append(_bar(gauge.used_percent, min(_BAR, style.width - 50), style.plain))
    parts.append(f"{gauge.used_percent:>4.0f} % used")
    if gauge.resets_at is not None:
        left = span((gauge.resets_at - now).total_seconds())
        parts.append(f"resets in {left} ({_clock(gauge.resets_at, now)})")
    return " ".join(parts), _colour(gauge.used_percent)


def _bar(percent: float, width: int, plain: bool) -> str:
    filled = min(width, max(0, round(width * percent / 100)))
    if plain:
        return f"[{'#' * filled}{'-' * (width - filled)}]"
    return "━" * filled + "─" * (width - filled)


def _colour(percent: float) -> str:
    if percent >= _RED:
        return "red"
    return "yellow" if percent >= _AMBER else "green"


def span(seconds: float) -> str:
    """A length of time in two units: ``2 h 14 m``, ``3 d 4 h``, ``40 s``."""
    whole = max(0, round(seconds))
    for unit, size, smaller, part in (("d", 86400, "h", 3600), ("h", 3600, "m", 60)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {smaller}"
    return f"{whole // 60} m" if whole >= 60 else f"{whole} s"


def _clock(moment: datetime, now: datetime) -> str:
    local = moment.astimezone(now.tzinfo)
    return local.strftime("%H:%M" if local.date() == now.date() else "%a %H:%M")


def _life(ends: datetime, now: datetime) -> str:
    left = (ends - now).total_seconds()
    return f"valid for {span(left)}" if left > 0 else "expired, refreshed with the next request"
