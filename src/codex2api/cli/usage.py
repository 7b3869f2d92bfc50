"""``codex2api usage``: what was used, and what it would have cost at OpenAI's list price."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from codex2api.cli.columns import count, dollars, seconds, share, table
from codex2api.cli.database import has_database
from codex2api.cli.ledger_file import nothing_yet, opened_ledger
from codex2api.cli.terminal import (
    fail,
    hint,
    json_option,
    print_json,
    run_async,
    say,
    settings_from,
)
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.ledger.reports import By, Group, Price, Report
    from codex2api.settings import Settings

_GROUPS = {"model": _("MODEL"), "key": _("KEY"), "account": _("ACCOUNT"), "day": _("DAY")}
_HEADINGS = (
    _("REQUESTS"),
    _("FAILED"),
    _("INPUT"),
    _("CACHED"),
    _("OUTPUT"),
    _("REASONING"),
    _("FIRST TOKEN"),
    _("LIST PRICE"),
)


@click.command(
    help=_(
        "Show requests, tokens and times of the last days.\n\n"
        "The list price is what the same tokens would cost at OpenAI's API. It is not what you "
        "pay."
    )
)
@click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    default=7,
    help=_("How many days, today included.  [7]"),
)
@click.option(
    "--by",
    type=click.Choice(["model", "key", "account", "day"]),
    default="model",
    help=_("What makes a line.  [model]"),
)
@json_option
@click.pass_context
def command(ctx: click.Context, days: int, by: "By", as_json: bool) -> None:
    """Show it (the help is above: a docstring is not translated)."""
    from codex2api.cli.direct import exit_code
    from codex2api.errors import ApiError
    from codex2api.prices import list_price
    from codex2api.protocol.json import decode, encode

    settings = settings_from(ctx)
    try:
        report = run_async(usage_report(settings, days, by, list_price))
    except ApiError as error:
        fail(error.message, exit_code(error))
    if as_json:
        print_json({"schema": 1, "days": days, **decode(encode(report))})
    elif not report.groups:
        say(_("There was nothing.") if has_database(settings) else nothing_yet(settings))
    else:
        _print(report)


async def usage_report(settings: "Settings", days: int, by: "By", price: "Price") -> "Report":
    """What was used in the last days of this machine's calendar, today included.

    Raises:
        ApiError: The database cannot be used.
    """
    from codex2api.ledger.calls import Wanted
    from codex2api.ledger.reading import Gathered, gather

    midnight = first_midnight(datetime.now().astimezone(), days)
    wanted = Wanted(since=round(midnight.timestamp() * 1000))
    async with opened_ledger(settings) as ledger:
        if ledger is None:
            return Gathered(wanted.since, by, (), {}, None).report(price)
        gathered = await gather(ledger, wanted, by, minutes_east(midnight))
    return gathered.report(price)


def first_midnight(now: datetime, days: int) -> datetime:
    """Where so many days begin, the one of a moment included; with the zone as it was then."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return (day - timedelta(days=days - 1)).astimezone()


def minutes_east(moment: datetime) -> int:
    """How far a moment's zone is ahead of UTC."""
    return round((moment.utcoffset() or timedelta()).total_seconds() / 60)


def _print(report: "Report") -> None:
    rows: list[tuple[str, ...]] = [(_GROUPS[report.by], *_HEADINGS)]
    rows += [_row(group) for group in report.groups]
    if len(report.groups) > 1:
        rows.append((_("total"), *_row(report.total)[1:]))
    for line in table(rows, right=range(1, len(_HEADINGS) + 1)):
        click.echo(line)
    if report.total.list_price_usd is not None:
        hint(_("List price: what the same tokens would cost at OpenAI's API, not what you pay."))
    if report.total.unpriced:
        hint(
            _("Not in it: {count} requests whose price or tokens are not known.").format(
                count=report.total.unpriced
            )
        )


def _row(group: "Group") -> tuple[str, ...]:
    return (
        group.name or "-",
        str(group.requests),
        str(group.errors),
        count(group.input_tokens),
        share(group.cached_share),
        count(group.output_tokens),
        count(group.reasoning_tokens),
        seconds(group.first_token_ms),
        dollars(group.list_price_usd, partly=group.unpriced > 0),
    )
