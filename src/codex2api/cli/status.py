"""``codex2api status``: accounts, plans, limit windows and today's use."""

import os
import shutil
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.gauges import AccountLine, Gauge, Style, draw, span
from codex2api.cli.terminal import (
    Exit,
    coloured,
    command_logs,
    fail,
    json_option,
    print_json,
    run_async,
    say,
    settings_from,
)
from codex2api.cli.today import todays_use, use_line

if TYPE_CHECKING:
    from codex2api.accounts.account import Account
    from codex2api.accounts.limits import RateLimits
    from codex2api.cli.server.running import RunningServer
    from codex2api.cli.signing import SigningDesk
    from codex2api.settings import Settings

_WATCH_EVERY = 5.0


@click.command()
@click.option("--refresh", is_flag=True, help="Ask ChatGPT for the limits now.")
@click.option("--watch", is_flag=True, help="Show it again every five seconds.")
@json_option
@click.pass_context
def command(ctx: click.Context, refresh: bool, watch: bool, as_json: bool) -> None:
    """Show accounts, plans, limits and today's use."""
    settings = settings_from(ctx)
    while watch:
        _show(settings, refresh, as_json, clear=sys.stdout.isatty() and not as_json)
        try:
            time.sleep(_WATCH_EVERY)
        except KeyboardInterrupt:
            sys.exit(Exit.INTERRUPTED)
    if not _show(settings, refresh, as_json):
        say("Nobody is signed in. Run: codex2api login")
        sys.exit(Exit.SIGN_IN)


def _show(settings: "Settings", refresh: bool, as_json: bool, *, clear: bool = False) -> bool:
    """Print everything once; whether anybody is signed in."""
    from codex2api.cli.server.running import find_server

    server = find_server(settings)
    accounts = run_async(_accounts(settings, server, refresh))
    today = todays_use(settings, server)
    if clear:
        click.clear()
    if as_json:
        print_json(_for_programs(server, settings, accounts) | {"today": today})
    else:
        _for_people(server, accounts)
        for line in use_line(today):
            click.echo(line)
    return bool(accounts)


async def _accounts(
    settings: "Settings", server: "RunningServer | None", refresh: bool
) -> list[AccountLine]:
    """The accounts of the token files, with what the server or ChatGPT says about them."""
    from codex2api.cli.direct import exit_code
    from codex2api.errors import ApiError

    try:
        return await (_refreshed(settings) if refresh else _known(settings, server))
    except ApiError as error:
        fail(error.message, exit_code(error))


async def _known(settings: "Settings", server: "RunningServer | None") -> list[AccountLine]:
    # No HTTP stack here: it would cost a quarter of a second.
    from codex2api.cli.accounts import account_store

    command_logs()
    reports = _reports(server)
    async with account_store(settings) as store:
        accounts = await store.accounts()
    return [_reported(account, reports.get(account.label, {})) for account in accounts]


async def _refreshed(settings: "Settings") -> list[AccountLine]:
    from codex2api.cli.signing import signing_desk

    async with signing_desk(settings) as desk:
        return [await _asked(desk, account) for account in await desk.store.accounts()]


async def _asked(desk: "SigningDesk", account: "Account") -> AccountLine:
    """An account with its limits as ChatGPT tells them now."""
    from codex2api.errors import ApiError, Kind
    from codex2api.upstream.usage import fetch_usage

    try:
        credential = await desk.keeper.fresh(account)
        try:
            limits = await fetch_usage(desk.backend, credential)
        except ApiError as error:
            if error.kind is not Kind.SIGN_IN_REQUIRED:
                raise
            limits = await fetch_usage(desk.backend, await desk.keeper.renew(account, credential))
    except ApiError as error:
        if error.kind is not Kind.SIGN_IN_REQUIRED:
            raise
        return _line(account, state="sign_in_required", reason=error.message)
    return _limited(account, limits)


def _limited(account: "Account", limits: "RateLimits") -> AccountLine:
    now = time.time()
    full = limits.reached or any(
        window.full for window in limits.windows if window.family == "codex"
    )
    refill = limits.refill(now)
    return _line(
        account,
        plan=limits.plan,
        state="limited" if full else "active",
        until=_moment(refill) if full and refill else None,
        gauges=tuple(
            Gauge(
                window.name,
                window.minutes,
                window.used_percent,
                _moment(window.resets_at),
                datetime.fromtimestamp(window.as_of, UTC),
                window.family,
            )
            for window in limits.windows
        ),
    )


def _reported(account: "Account", report: dict[str, Any]) -> AccountLine:
    """An account as the running server sees it; without one, as its file does."""
    return _line(
        account,
        plan=report.get("plan"),
        state=report.get("state", "active"),
        reason=report.get("reason"),
        until=_parsed(report.get("until")),
        gauges=tuple(
            Gauge(
                window["name"],
                window["minutes"],
                window["used_percent"],
                _parsed(window["resets_at"]),
                datetime.fromisoformat(window["as_of"]),
                window["family"],
            )
            for window in report.get("windows", ())
        ),
    )


def _line(account: "Account", *, plan: str | None = None, state: str, **known: Any) -> AccountLine:
    return AccountLine(
        label=account.label,
        name=account.email or account.account_id,
        plan=plan or account.plan,
        state=state,
        reason=known.get("reason"),
        until=known.get("until"),
        token_expires_at=_moment(account.tokens.expires_at),
        gauges=known.get("gauges", ()),
    )


def _reports(server: "RunningServer | None") -> dict[str, dict[str, Any]]:
    answer = server.ask("/auth/status") if server else None
    accounts = answer.get("accounts", []) if isinstance(answer, dict) else []
    return {report["account"]: report for report in accounts}


def _for_people(server: "RunningServer | None", accounts: list[AccountLine]) -> None:
    now = datetime.now().astimezone()
    plain = os.environ.get("TERM") == "dumb" or "utf" not in (sys.stdout.encoding or "").lower()
    style = Style(shutil.get_terminal_size().columns, plain)
    sign = "*" if plain else "●"
    click.echo(f"Server   {sign} running   {server.url}" if server else "Server   not running")
    for text, colour in draw(accounts, now, style):
        click.echo(click.style(text, fg=colour) if colour and coloured(sys.stdout) else text)
    seen = [gauge.as_of for account in accounts for gauge in account.gauges]
    if seen and len(accounts) > 1:
        click.echo("--refresh asks again.")
    elif seen:
        age = span((now - min(seen)).total_seconds())
        click.echo(f"Limits as of {age} ago; --refresh asks again.")


def _for_programs(
    server: "RunningServer | None", settings: "Settings", accounts: list[AccountLine]
) -> dict[str, Any]:
    url = server.url if server else f"http://{settings.server.host}:{settings.server.port}"
    return {
        "schema": 1,
        "server": {"running": server is not None, "url": url},
        "accounts": [
            {
                "account": account.label,
                "name": account.name,
                "plan": account.plan,
                "state": account.state,
                "reason": account.reason,
                "until": _iso(account.until),
                "token_expires_at": _iso(account.token_expires_at),
                "windows": [
                    {
                        "name": gauge.name,
                        "minutes": gauge.minutes,
                        "family": gauge.family,
                        "used_percent": gauge.used_percent,
                        "resets_at": _iso(gauge.resets_at),
                        "as_of": _iso(gauge.as_of),
                    }
                    for gauge in account.gauges
                ],
            }
            for account in accounts
        ],
    }


def _moment(seconds: float | None) -> datetime | None:
    if seconds is None or not 0 < seconds < 32_503_680_000:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _parsed(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
