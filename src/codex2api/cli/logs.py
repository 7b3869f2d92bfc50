"""``codex2api logs``: recent requests, out of the ledger."""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from msgspec import structs

from codex2api.cli.call_lines import call_line, heading
from codex2api.cli.database import has_database
from codex2api.cli.ledger_file import nothing_yet, opened_ledger
from codex2api.cli.terminal import (
    Exit,
    fail,
    json_option,
    print_json,
    run_async,
    say,
    settings_from,
    show,
)

if TYPE_CHECKING:
    from codex2api.ledger.calls import KeptCall, Wanted
    from codex2api.ledger.ports import LedgerStore
    from codex2api.settings import Settings

_LOOK_EVERY = 0.5
"""Seconds."""

_PAGE = 1000

_UNLIMITED = 10_000
"""Columns of what is no terminal."""


@click.command()
@click.option("-n", "count", type=click.IntRange(0, 100_000), default=50, help="How many.  [50]")
@click.option("-f", "--follow", is_flag=True, help="Go on as they come, until Ctrl-C.")
@click.option("--status", metavar="STATUS", help="Only 4xx, 5xx, error, or one status.")
@click.option("--model", metavar="MODEL", help="Only this model, as asked for or as it served.")
@click.option("--key", metavar="NAME", help="Only what this client key asked; 'owner' is yours.")
@click.option("--account", metavar="LABEL", help="Only what this account served.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, /, count: int, follow: bool, status: str | None, as_json: bool, **only: Any
) -> None:
    """Show recent requests: when, what, how much, how long, how it ended.

    Never what was said. With --follow, JSON is one object a line.
    """
    from codex2api.errors import ApiError
    from codex2api.ledger.calls import Wanted, status_wish

    settings = settings_from(ctx)
    try:
        wanted = Wanted(status=status_wish(status), **only)
    except ApiError as error:
        fail(error.message, Exit.USAGE)
    if follow and not has_database(settings):
        _wait_for(settings)
    try:
        run_async(_show(settings, wanted, count, follow=follow, as_json=as_json))
    except ApiError as error:
        fail(error.message)


def _wait_for(settings: "Settings") -> None:
    say(nothing_yet(settings))
    while not has_database(settings):
        time.sleep(_LOOK_EVERY)


async def _show(
    settings: "Settings", wanted: "Wanted", count: int, *, follow: bool, as_json: bool
) -> None:
    from codex2api.ledger.calls import Wanted

    async with opened_ledger(settings) as ledger:
        newest = await ledger.calls(Wanted(), 1) if ledger else ()
        seen = newest[0].number if newest else 0
        # Whatever comes while this is read is shown by following alone.
        now = structs.replace(wanted, before=seen + 1)
        calls = await ledger.calls(now, count) if ledger else ()
        if as_json:
            _print_objects(calls, one_a_line=follow)
        elif calls or follow:
            click.echo(heading(_width()))
            _print_lines(calls)
        else:
            say("There are no such requests." if newest else nothing_yet(settings))
        if ledger is not None and follow:
            await _follow(ledger, wanted, seen, as_json=as_json)


async def _follow(ledger: "LedgerStore", wanted: "Wanted", seen: int, *, as_json: bool) -> None:
    """Print what comes after a number."""
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        calls = await ledger.calls(structs.replace(wanted, after=seen), _PAGE)
        if calls:
            seen = calls[0].number
        if as_json:
            _print_objects(calls, one_a_line=True)
        else:
            _print_lines(calls)


def _print_objects(calls: "Sequence[KeptCall]", *, one_a_line: bool) -> None:
    """Print calls that came newest first, the oldest first."""
    from codex2api.ledger.reading import shown

    if not one_a_line:
        print_json({"schema": 1, "requests": [shown(kept) for kept in reversed(calls)]})
        return
    for kept in reversed(calls):
        click.echo(json.dumps(shown(kept), ensure_ascii=False))


def _print_lines(calls: "Sequence[KeptCall]") -> None:
    for kept in reversed(calls):
        failed = kept.call.error is not None or kept.call.status >= 400
        show(call_line(kept.call, _width()), "red" if failed else "")


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _UNLIMITED
