"""``codex2api status``: accounts, plans, limit windows and today's use."""

import shutil
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from codex2api.cli.gauges import AccountLine, Line, Style
from codex2api.cli.standing import Standing, as_json, lines_of
from codex2api.cli.terminal import (
    Exit,
    fail,
    json_option,
    plain,
    print_json,
    run_async,
    say,
    settings_from,
    show,
)
from codex2api.cli.today import todays_use
from codex2api.cli.waiting import waiting
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.cli.server.running import RunningServer
    from codex2api.settings import Settings

_WATCH_EVERY = 5.0
_ASK_EVERY = 60.0
"""Seconds between two looks that ask ChatGPT."""

_NOBODY = _("Nobody is signed in. Run: codex2api login")

_PIPE_WIDTH = 120
"""Columns of what is no terminal: nothing has to be cut or wrapped there."""


@click.command(help=_("Show accounts, plans, limits and today's use; of one ACCOUNT, or of all."))
@click.argument("account", required=False)
@click.option("--refresh", is_flag=True, help=_("Ask ChatGPT for the limits now."))
@click.option("--watch", is_flag=True, help=_("Show it again every few seconds, until Ctrl-C."))
@json_option
@click.pass_context
def command(
    ctx: click.Context, account: str | None, refresh: bool, watch: bool, as_json: bool
) -> None:
    """Show it once, or again and again (the help is above: a docstring is not translated)."""
    if watch and as_json:
        raise click.UsageError(_("--watch and --json exclude each other."))
    if watch and not sys.stdout.isatty():
        raise click.UsageError(_("--watch needs a terminal; without one, repeat: status --json"))
    settings = settings_from(ctx)
    if watch:
        _watch(settings, account, refresh)
    _once(settings, account, refresh, for_programs=as_json)


def _once(settings: "Settings", account: str | None, refresh: bool, *, for_programs: bool) -> None:
    from codex2api.cli.direct import exit_code
    from codex2api.errors import ApiError

    try:
        with waiting(_("Asking …")):
            standing = _look(settings, account, refresh)
    except ApiError as error:
        fail(error.message, exit_code(error))
    now = datetime.now().astimezone()
    if for_programs:
        print_json(as_json(standing, now))
    else:
        for text, colour in lines_of(standing, now, _style()):
            show(text, colour)
    if not standing.accounts:
        say(_NOBODY)
        sys.exit(Exit.SIGN_IN)


def _watch(settings: "Settings", account: str | None, refresh: bool) -> None:
    """Draw it again and again over what was drawn, until Ctrl-C, which ends with 130."""
    from codex2api.errors import ApiError

    drawn = 0
    standing = Standing("", running=False, started_at=None, source="")
    while True:
        try:
            standing = _look(settings, account, refresh)
        except ApiError as error:  # it may be better at the next look
            standing = replace(standing, trouble=error.message)
        now = datetime.now().astimezone()
        lines = lines_of(standing, now, _style())
        if not standing.accounts and standing.trouble is None:
            lines.append((_NOBODY, "yellow"))
        lines.append((_("as of {clock}; Ctrl-C ends").format(clock=f"{now:%H:%M:%S}"), ""))
        drawn = _redraw(lines, drawn)
        time.sleep(_ASK_EVERY if refresh else _WATCH_EVERY)


def _redraw(lines: "list[Line]", drawn: int) -> int:
    """Put lines over as many that were drawn before; gives how many are there now."""
    size = shutil.get_terminal_size()
    if drawn >= size.lines:
        click.echo("\x1b[2J\x1b[H", nl=False, color=True)
    elif drawn:
        click.echo(f"\x1b[{drawn}A\x1b[J", nl=False, color=True)
    for text, colour in lines:
        show(text[: size.columns], colour)  # a line that wraps would be two
    return len(lines)


def _look(settings: "Settings", account: str | None, refresh: bool) -> Standing:
    """How everything stands now.

    Raises:
        ApiError: The accounts cannot be read, or ChatGPT did not tell.
    """
    from codex2api.cli.account_lines import known, refreshed
    from codex2api.cli.server.running import find_server

    server = find_server(settings)
    accounts = run_async(refreshed(settings) if refresh else known(settings, server))
    url = server.url if server else f"http://{settings.server.host}:{settings.server.port}"
    return Standing(
        url=url,
        running=server is not None,
        started_at=_started(server),
        source="chatgpt" if refresh else "server" if server else "files",
        accounts=tuple(accounts if account is None else [_named(accounts, account)]),
        today=todays_use(settings, server) if account is None else None,
    )


def _named(accounts: list[AccountLine], name: str) -> AccountLine:
    """The account of that label, e-mail address or id; without one the command ends."""
    found = [each for each in accounts if name in (each.label, each.email, each.id)]
    if not found:
        known = ", ".join(account.label for account in accounts)
        there = _("there are: {known}").format(known=known) if known else _("nobody is signed in")
        fail(_("There is no account '{name}'; {there}.").format(name=name, there=there), Exit.USAGE)
    return found[0]


def _started(server: "RunningServer | None") -> datetime | None:
    told = server.ask("/admin/api/server") if server else None
    if not isinstance(told, dict) or "started_at" not in told:
        return None  # of an older version
    return datetime.fromisoformat(told["started_at"]).astimezone(UTC)


def _style() -> Style:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPE_WIDTH
    return Style(width, plain(sys.stdout))
