"""Accounts and their limit windows as lines for a terminal; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from codex2api.cli.columns import cells, padded
from codex2api.texts.said import N_
from codex2api.texts.shell import _

_NARROW = 60
_BAR, _SHORTEST_BAR = 29, 3
_GAP = "  "
_AMBER, _RED = 75, 95
_NAMES = {"5h": N_("5 hours"), "7d": N_("week"), "1d": N_("day"), "30d": N_("month")}
_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_OWN_FAMILY = "codex"
_PAGE = "https://chatgpt.com/settings/usage"

Line = tuple[str, str]
"""A line and its colour, empty for none."""


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
    family: str = _OWN_FAMILY

    def used(self, now: datetime) -> float:
        """Percent, as far as can be told now: what has refilled since is empty."""
        return 0.0 if self.resets_at is not None and self.resets_at <= now else self.used_percent


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account.

    Attributes:
        state: ``active``, ``limited``, ``paused``, ``sign_in_required`` or ``consent_required``.
        until: When a limited one is expected back.
        token_expires_at: When its access token ends; it is refreshed before.
        id: The ChatGPT workspace.
        kind: Which of OpenAI's sign-ins it came by.
        limits_reported: Whether ChatGPT tells how much of the plan is used.
    """

    label: str
    name: str
    plan: str | None
    state: str
    reason: str | None
    until: datetime | None
    token_expires_at: datetime | None
    gauges: tuple[Gauge, ...] = ()
    id: str | None = None
    email: str | None = None
    kind: str = _OWN_FAMILY
    limits_reported: bool = True

    @property
    def as_of(self) -> datetime | None:
        """When the oldest of its limits was told."""
        return min((gauge.as_of for gauge in self.gauges), default=None)


@dataclass(frozen=True, slots=True)
class Style:
    """What the terminal can show.

    Attributes:
        width: Columns.
        plain: Only ASCII.
    """

    width: int = 80
    plain: bool = False

    @property
    def narrow(self) -> bool:
        """Whether there is room for one fact a line only."""
        return self.width < _NARROW


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths that all lines share."""

    title: int
    plan: int
    name: int
    bar: int


def draw(accounts: Sequence[AccountLine], now: datetime, style: Style) -> list[Line]:
    """The accounts; several of them each say how old the news is."""
    columns = _columns(accounts, now, style)
    lines: list[Line] = []
    for account in accounts:
        lines += _head(account, columns, now, style)
        lines += _notes(account, now)
        for gauge in account.gauges:
            lines += _gauge(gauge, columns, now, style)
        if len(accounts) > 1 and account.as_of is not None:
            age = span((now - account.as_of).total_seconds())
            lines.append((_("  limits as of {age} ago").format(age=age), ""))
    return lines


def _columns(accounts: Sequence[AccountLine], now: datetime, style: Style) -> _Columns:
    gauges = [gauge for account in accounts for gauge in account.gauges]
    name = max((cells(_name(gauge)) for gauge in gauges), default=0)
    tails = (f"{_used(gauge, now)}{_GAP}{_reset(gauge, now)}" for gauge in gauges)
    tail = max((cells(text) for text in tails), default=0)
    brackets = 2 if style.plain else 0
    room = style.width - 3 * len(_GAP) - name - tail - brackets
    return _Columns(
        title=max((cells(_title(account)) for account in accounts), default=0),
        plan=max((cells(_plan(account)) for account in accounts), default=0),
        name=name,
        bar=0 if style.narrow or room < _SHORTEST_BAR else min(_BAR, room),
    )


def _head(account: AccountLine, columns: _Columns, now: datetime, style: Style) -> list[Line]:
    facts = [
        padded(_title(account), columns.title),
        padded(_plan(account), columns.plan),
        _state(account, now, style),
    ]
    if account.kind != _OWN_FAMILY:
        facts.append(_("{kind} sign-in").format(kind=_(account.kind)))
    colour = "" if account.state == "active" else "yellow"
    if not style.narrow:
        return [("   ".join(facts), colour)]
    first, *others = (fact.strip() for fact in facts)
    return [(first, colour), *((f"  {fact}", colour) for fact in others)]


def _notes(account: AccountLine, now: datetime) -> list[Line]:
    """What there is to say besides windows."""
    notes: list[Line] = []
    if account.state in ("sign_in_required", "consent_required") and account.reason:
        notes.append((f"  {account.reason}", "red"))
    if account.gauges:
        return notes
    if not account.limits_reported:
        notes.append(
            (_("  limits are not told by this sign-in; see {page}").format(page=_PAGE), "")
        )
    elif account.state == "active":
        notes.append((_("  limits unknown yet; --refresh asks ChatGPT"), ""))
    if account.token_expires_at is not None:
        life = _life(account.token_expires_at, now)
        notes.append((_("  access token {life}").format(life=life), ""))
    return notes


def _gauge(gauge: Gauge, columns: _Columns, now: datetime, style: Style) -> list[Line]:
    used, reset = gauge.used(now), _reset(gauge, now)
    colour = _colour(used)
    if style.narrow:
        lines = [(f"  {_name(gauge)}: {_used(gauge, now).strip()}", colour)]
        return [*lines, (f"    {reset}", colour)] if reset else lines
    parts = ["", padded(_name(gauge), columns.name)]
    if columns.bar:
        parts.append(_bar(used, columns.bar, style.plain))
    parts += [_used(gauge, now), reset]
    return [(_GAP.join(parts).rstrip(), colour)]


def _title(account: AccountLine) -> str:
    return account.name if account.label == "default" else f"{account.label}: {account.name}"


def _plan(account: AccountLine) -> str:
    return account.plan.replace("_", " ").title() if account.plan else _("plan unknown")


def _name(gauge: Gauge) -> str:
    name = _(_NAMES[gauge.name]) if gauge.name in _NAMES else gauge.name
    return name if gauge.family == _OWN_FAMILY else f"{gauge.family} {name}"


def _used(gauge: Gauge, now: datetime) -> str:
    return _("{percent:>3.0f} % used").format(percent=gauge.used(now))


def _reset(gauge: Gauge, now: datetime) -> str:
    if gauge.resets_at is None:
        return ""
    if gauge.resets_at <= now:
        return _("has refilled since")
    left = span((gauge.resets_at - now).total_seconds())
    return _("resets in {left} ({clock})").format(left=left, clock=_clock(gauge.resets_at, now))


def _state(account: AccountLine, now: datetime, style: Style) -> str:
    sign = "!" if style.plain else "▲"
    match account.state:
        case "active":
            return _("active")
        case "limited" if account.until is not None:
            clock = _clock(account.until, now)
            return _("{sign} limited until {clock}").format(sign=sign, clock=clock)
        case "limited":
            return _("{sign} limited").format(sign=sign)
        case "paused":
            return _("{sign} paused").format(sign=sign)
        case "consent_required":
            return _("{sign} may not use the plan").format(sign=sign)
        case _:
            return _("{sign} sign-in needed").format(sign=sign)


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
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if days:
        return _("{d} d {h} h").format(d=days, h=hours % 24)
    if hours:
        return _("{h} h {m} m").format(h=hours, m=minutes % 60)
    return _("{n} m").format(n=minutes) if minutes else _("{n} s").format(n=whole)


def _clock(moment: datetime, now: datetime) -> str:
    local = moment.astimezone(now.tzinfo)
    clock = f"{local:%H:%M}"
    return clock if local.date() == now.date() else f"{_(_DAYS[local.weekday()])} {clock}"


def _life(ends: datetime, now: datetime) -> str:
    left = (ends - now).total_seconds()
    if left <= 0:
        return _("expired, refreshed with the next request")
    return _("valid for {left}").format(left=span(left))
