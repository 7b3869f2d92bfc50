"""``codex2api usage``: what was used, and what it would have cost at OpenAI's list price."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from codex2api.cli.columns import count, dollars, seconds, share, table
from codex2api.cli.database import has_database
from codex2api.cli.ledger_file import nothing_yet, opened_ledger
from codex2api.cli.terminal import fail, json_option, print_json, run_async, say, settings_from

if TYPE_CHECKING:
    from codex2api.ledger.reports import By, Group, Price, Report
    from codex2api.settings import Settings

_HEADINGS = (
    "REQUESTS",
    "FAILED",
    "INPUT",
    "CACHED",
    "OUTPUT",
    "REASONING",
    "FIRST TOKEN",
    "LIST PRICE",
)


@click.command()
@click.option(
    "--days",
    type=click.IntRange(1, 36_500),
    default=7,
    help="How many days, today included.  [7]",
)
@click.option(
    "--by",
    type=click.Choice(["model", "key", "account", "day"]),
    default="model",
    help="What makes a line.  [model]",
)
@json_option
@click.pass_context
def command(ctx: click.Context, days: int, by: "By", as_json: bool) -> None:
    """Show requests, tokens and times of the last days.

    The list price is what the same tokens would cost at OpenAI's API. It is not what you pay.
    """
    from codex2api.errors import ApiError
    from codex2api.prices import list_price
    from codex2api.protocol.json import decode, encode

    settings = settings_from(ctx)
    try:
        report = run_async(usage_report(settings, days, by, list_price))
    except ApiError as error:
        fail(error.message)
    if as_json:
        print_json({"schema": 1, "days": days, **decode(encode(report))})
    elif not report.groups:
        say("There was nothing." if has_database(settings) else nothing_yet(settings))
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
    rows: list[tuple[str, ...]] = [(report.by.upper(), *_HEADINGS)]
    rows += [_row(group) for group in report.groups]
    if len(report.groups) > 1:
        rows.append(_row(report.total))
    for line in table(rows, right=range(1, len(_HEADINGS) + 1)):
        click.echo(line)
    if report.total.list_price_usd is not None:
        say("List price: what the same tokens would cost at OpenAI's API, not what you pay.")
    if report.total.unpriced:
        say(f"Not in it: {report.total.unpriced} requests whose price or tokens are not known.")


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
