"""``codex2api keys``: who else may use this server, and how much."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from codex2api.cli.database import has_database, opened_database
from codex2api.cli.terminal import (
    Exit,
    fail,
    json_option,
    print_json,
    run_async,
    say,
    settings_from,
)

if TYPE_CHECKING:
    from codex2api.callers.keys import ClientKey, KeyList, KeyStore
    from codex2api.settings import Settings

DecoratedT = TypeVar("DecoratedT", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--expires", metavar="WHEN", help="30d, 12h, 2027-01-31 (its beginning) or none."),
    click.option("--account", metavar="LABEL", help="The only account that serves the key."),
    click.option("--models", metavar="NAMES", help="Models it may ask: gpt-5.5,gpt-5.2*"),
    click.option("--requests", metavar="N/TIME", help="At most so many requests: 100/1h"),
    click.option("--tokens", metavar="N/TIME", help="At most so many tokens: 1M/1d"),
    click.option("--concurrency", metavar="N", help="Requests under way at once."),
    click.option("--weekly-share", metavar="PERCENT", help="Of the plan's weekly window: 20%"),
    click.option("--reasoning", metavar="STYLE", help="reasoning_content, think-tags, o3 or none."),
    click.option(
        "--reserve/--no-reserve",
        default=None,
        help="Serve it also from what accounts.reservePercent keeps back.",
    ),
)


def _granting(function: DecoratedT) -> DecoratedT:
    """The options that say what a key grants."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.group(name="keys")
def command() -> None:
    """Create, list, change and revoke client keys.

    Give each program, and each person, a key of their own. A running server knows of a change
    within two seconds.
    """


@command.command("list")
@json_option
@click.pass_context
def list_keys(ctx: click.Context, as_json: bool) -> None:
    """List the client keys; of each key, its last four characters."""
    settings = settings_from(ctx)
    found = run_async(_told(_all(settings)))
    now = time.time()
    if as_json:
        print_json({"schema": 1, "keys": [] if found is None else found.shown(now)})
    elif found is None or not found.keys:
        say("There are no client keys. Create one with: codex2api keys create NAME")
    else:
        from codex2api.cli.key_table import key_table

        click.echo(key_table(found, now))


@command.command("show")
@click.argument("name")
@json_option
@click.pass_context
def show_key(ctx: click.Context, name: str, as_json: bool) -> None:
    """Show one client key: its limits and their use, never the key itself."""
    settings, now = settings_from(ctx), time.time()
    found = run_async(_told(_all(settings)))
    names = [] if found is None else [key.name for key in found.keys]
    if found is None or name not in names:
        known = f"; there are: {', '.join(names)}" if names else ""
        fail(f"There is no key {name!r}{known}.")
    if as_json:
        [shown] = [each for each in found.shown(now) if each["name"] == name]
        print_json({"schema": 1, **shown})
        return
    from codex2api.cli.key_table import key_facts

    for line in key_facts(found, name, now):
        click.echo(line)


@command.command("create")
@click.argument("name")
@_granting
@json_option
@click.pass_context
def create_key(ctx: click.Context, /, name: str, as_json: bool, **said: Any) -> None:
    """Create a client key and print it, this once."""
    from codex2api.callers.grants import NO_GRANTS
    from codex2api.callers.keys import new_key
    from codex2api.callers.wording import WordingError, key_name

    settings, now = settings_from(ctx), time.time()
    with_terms = _changing(said, now)
    try:
        secret, bare = new_key(key_name(name), NO_GRANTS, None, now)
    except WordingError as error:
        fail(str(error), Exit.USAGE)
    key = with_terms(bare)
    run_async(_told(_add(settings, key)))
    if as_json:
        print_json({"schema": 1, "key": secret, **key.shown(now)})
    else:
        click.echo(secret)
    say(f"Created the key {name!r}. It is shown this once and stored nowhere: keep it now.")
    _mention_account(settings, key)


@command.command("set")
@click.argument("name")
@_granting
@json_option
@click.pass_context
def set_key(ctx: click.Context, /, name: str, as_json: bool, **said: Any) -> None:
    """Change what a key grants; 'none' takes a limit away.

    For --reasoning, where none is a style, 'default' takes it away.
    """
    settings, now = settings_from(ctx), time.time()
    if all(value is None for value in said.values()):
        raise click.UsageError("Say what to change, for instance --requests 100/1h.")
    key = run_async(_told(_change(settings, name, _changing(said, now))))
    if as_json:
        print_json({"schema": 1, **key.shown(now)})
    say(f"Changed the key {name!r}.")
    _mention_account(settings, key)


@command.command("revoke")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@click.pass_context
def revoke_keys(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Revoke keys: a running server refuses them within two seconds."""
    settings = settings_from(ctx)
    for name in names:
        run_async(_told(_remove(settings, name)))
        say(f"Revoked the key {name!r}.")


def make_key(settings: "Settings", name: str) -> str:
    """A new client key, for another command to show; a failure ends the command."""
    from codex2api.callers.grants import NO_GRANTS
    from codex2api.callers.keys import new_key
    from codex2api.callers.wording import WordingError, key_name

    try:
        secret, key = new_key(key_name(name), NO_GRANTS, None, time.time())
    except WordingError as error:
        fail(str(error), Exit.USAGE)
    run_async(_told(_add(settings, key)))
    return secret


def _changing(said: dict[str, Any], now: float) -> "Callable[[ClientKey], ClientKey]":
    """What makes a key of the options out of a key; bad ones end the command with exit code 2."""
    from dataclasses import replace

    from codex2api.callers.grants import NO_GRANTS
    from codex2api.callers.wording import WordingError, changed, moment

    given = {name: value for name, value in said.items() if value is not None}
    when = given.pop("expires", None)
    try:
        expires = moment(when, now) if when is not None else None
        changed(NO_GRANTS, given)
    except WordingError as error:
        fail(str(error), Exit.USAGE)

    def made(key: "ClientKey") -> "ClientKey":
        grants = changed(key.grants, given)
        return replace(key, grants=grants, expires=key.expires if when is None else expires)

    return made


@asynccontextmanager
async def _store(settings: "Settings") -> "AsyncIterator[KeyStore]":
    """The keys of the configured store, whether a server runs or not."""
    from codex2api.store.keys import SqlKeys

    async with opened_database(settings) as database:
        yield SqlKeys(database)


async def _all(settings: "Settings") -> "KeyList | None":
    if not has_database(settings):
        return None  # nothing is made by looking
    async with _store(settings) as store:
        return await store.read()


async def _add(settings: "Settings", key: "ClientKey") -> None:
    async with _store(settings) as store:
        await store.add(key)


async def _change(
    settings: "Settings", name: str, change: "Callable[[ClientKey], ClientKey]"
) -> "ClientKey":
    async with _store(settings) as store:
        return await store.change(name, change)


async def _remove(settings: "Settings", name: str) -> None:
    async with _store(settings) as store:
        await store.remove(name)


async def _told(work: Any) -> Any:
    """What some work gives; a failure ends the command with one sentence."""
    from codex2api.errors import ApiError

    try:
        return await work
    except ApiError as error:
        fail(error.message)
    except OSError as error:
        fail(f"The database of this server cannot be used: {error.strerror}.")


def _mention_account(settings: "Settings", key: "ClientKey") -> None:
    """Say so if nobody is signed in under the label yet, or if a choice of people would pay."""
    from codex2api.errors import ApiError

    try:
        labels = run_async(_labels(settings))
    except ApiError:  # other commands tell of damaged files
        return
    label = key.grants.account
    if label is None and len(labels) > 1:
        say(f"It may use every account: {', '.join(labels)}. To bind it to one: --account LABEL")
    elif label is not None and label not in labels:
        say(f"Nobody is signed in as {label!r} yet: codex2api login --account {label}")


async def _labels(settings: "Settings") -> list[str]:
    from codex2api.cli.accounts import account_store

    async with account_store(settings) as store:
        return [account.label for account in await store.accounts()]
