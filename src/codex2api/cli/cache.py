"""``codex2api cache``: how much of each conversation was cached, and what broke it."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.columns import count, share, table
from codex2api.cli.terminal import Exit, fail, json_option, print_json, say, settings_from
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.cli.server.running import RunningServer


@click.command()
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show how much of each conversation was cached, and what broke its prefix.

    The running server remembers it, while the setting codex.cacheMeter is on.
    """
    told = _told(ctx)
    if as_json:
        print_json({"schema": 1, "on": told["on"], "conversations": told["data"]})
        return
    if not told["on"]:
        say(_("The cache meter is off: codex2api config set codex.cacheMeter true"))
    elif not told["data"]:
        say(_("There was no conversation yet."))
    if told["data"]:
        for line in lines(told["data"], time.time()):
            click.echo(line)


def _told(ctx: click.Context) -> dict[str, Any]:
    from codex2api.cli.server.running import find_server

    server: RunningServer | None = find_server(settings_from(ctx))
    answer = server.ask("/admin/api/cache") if server else None
    if not isinstance(answer, dict):
        fail(_("No server of yours answers; start it with: codex2api serve"), Exit.UNREACHABLE)
    return answer


def lines(conversations: Sequence[Mapping[str, Any]], now: float) -> list[str]:
    """A table, the latest first.

    Args:
        conversations: As the server tells them.
        now: Unix seconds.
    """
    headings = (
        _("CONVERSATION"),
        _("KEY"),
        _("MODEL"),
        _("REQUESTS"),
        _("INPUT"),
        _("CACHED"),
        _("LAST"),
        _("BREAKS"),
        _("LAST BREAK"),
    )
    rows = [headings, *(_row(each, now) for each in conversations)]
    return table(rows, right=range(3, 8))


def _row(told: Mapping[str, Any], now: float) -> tuple[str, ...]:
    last = told["last_break"]
    minutes = 0 if last is None else max(0, round((now - last["at"]) / 60))
    broke = "-" if last is None else f"{last['what']}, {_ago(minutes)}"
    return (
        told["conversation"][:12],
        told["key_name"],
        told["model"] or "-",
        str(told["requests"]),
        count(told["input_tokens"]),
        share(told["cached_share"]),
        share(told["last_cached_share"]),
        str(told["breaks"]),
        broke,
    )


def _ago(minutes: int) -> str:
    return _("{minutes} min ago").format(minutes=minutes)
