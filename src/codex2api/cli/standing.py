"""How everything stands: what ``status`` found out, as lines and as JSON; pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from codex2api.cli.gauges import AccountLine, Gauge, Line, Style, draw, span
from codex2api.cli.today import use_line
from codex2api.texts.shell import _


@dataclass(frozen=True, slots=True)
class Standing:
    """What ``status`` found out.

    Attributes:
        url: Of the server, whether it runs or not.
        running: Whether our server runs.
        started_at: Since when, where it tells.
        source: Who told about the accounts: ``server``, ``files`` or ``chatgpt``.
        today: The sum of today's requests.
        trouble: Why the accounts could not be asked for.
    """

    url: str
    running: bool
    started_at: datetime | None
    source: str
    accounts: tuple[AccountLine, ...] = ()
    today: dict[str, Any] | None = None
    trouble: str | None = None


def lines_of(standing: Standing, now: datetime, style: Style) -> list[Line]:
    """It, for people."""
    lines = _server(standing, now, style)
    if standing.trouble is not None:
        return [*lines, ("", ""), (f"! {standing.trouble}", "red")]
    if standing.accounts:
        lines += [("", ""), *draw(standing.accounts, now, style)]
    after = [(line, "") for line in use_line(standing.today)] + _age(standing, now)
    return [*lines, ("", ""), *after] if after else lines


def as_json(standing: Standing, now: datetime) -> dict[str, Any]:
    """It, for programs."""
    started = standing.started_at
    uptime = None if started is None else max(0, round((now - started).total_seconds()))
    return {
        "schema": 1,
        "server": {"running": standing.running, "url": standing.url, "uptime_seconds": uptime},
        "source": standing.source,
        "accounts": [_account(account) for account in standing.accounts],
        "today": standing.today,
    }


def _server(standing: Standing, now: datetime, style: Style) -> list[Line]:
    if not standing.running:
        return [(_("Server    not running"), "")]
    sign = "*" if style.plain else "●"
    facts = [_("{sign} running").format(sign=sign), standing.url]
    if standing.started_at is not None:
        facts.append(_("up {span}").format(span=span((now - standing.started_at).total_seconds())))
    facts.append(_("dashboard: /"))
    if style.narrow:
        return [(_("Server"), ""), *((f"  {fact}", "") for fact in facts)]
    return [(_("Server    {facts}").format(facts="   ".join(facts)), "")]


def _age(standing: Standing, now: datetime) -> list[Line]:
    seen = [account.as_of for account in standing.accounts if account.as_of is not None]
    if not seen:
        return []
    if len(standing.accounts) > 1:
        return [(_("--refresh asks ChatGPT for the limits again."), "")]
    age = span((now - min(seen)).total_seconds())
    return [(_("Limits as of {age} ago; --refresh asks again.").format(age=age), "")]


def _account(account: AccountLine) -> dict[str, Any]:
    return {
        "account": account.label,
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "plan": account.plan,
        "state": account.state,
        "reason": account.reason,
        "until": _iso(account.until),
        "token_expires_at": _iso(account.token_expires_at),
        "windows": [_window(gauge) for gauge in account.gauges],
        "as_of": _iso(account.as_of),
    }


def _window(gauge: Gauge) -> dict[str, Any]:
    return {
        "name": gauge.name,
        "minutes": gauge.minutes,
        "family": gauge.family,
        "used_percent": gauge.used_percent,
        "resets_at": _iso(gauge.resets_at),
        "as_of": _iso(gauge.as_of),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
