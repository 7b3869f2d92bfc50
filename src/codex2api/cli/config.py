"""``codex2api config``: the settings that are in force, and where each comes from."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.columns import table
from codex2api.cli.terminal import (
    Exit,
    fail,
    json_option,
    named_config,
    print_json,
    say,
    settings_from,
)

if TYPE_CHECKING:
    from codex2api.settings import Settings


@click.group(name="config")
def command() -> None:
    """Show and change settings."""


@command.command("list")
@json_option
@click.pass_context
def list_settings(ctx: click.Context, as_json: bool) -> None:
    """List every setting, its value and its origin."""
    settings = settings_from(ctx)
    values = _values(settings)
    if as_json:
        told = {
            key: {"value": each, "origin": settings.origin(key)} for key, each in values.items()
        }
        print_json({"schema": 1, "file": str(_path(settings)), "settings": told})
        return
    rows = [(key, json.dumps(value), settings.origin(key)) for key, value in values.items()]
    for line in table(rows):
        click.echo(line)


def _keys(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """For a shell that completes a key."""
    from codex2api.settings.schema import known_keys

    return [key for key in known_keys() if key.startswith(incomplete)]


@command.command("get")
@click.argument("key", shell_complete=_keys)
@json_option
@click.pass_context
def get_setting(ctx: click.Context, key: str, as_json: bool) -> None:
    """Print one setting, for instance backend.idleTimeout."""
    settings = settings_from(ctx)
    value = _values(settings).get(key, ...)
    if value is ...:
        _refuse_key(key)
    if as_json:
        print_json({"schema": 1, "key": key, "value": value, "origin": settings.origin(key)})
    else:
        click.echo(value if isinstance(value, str) else json.dumps(value))


@command.command("set")
@click.argument("key", shell_complete=_keys)
@click.argument("value", required=False)
@click.option("--stdin", "from_stdin", is_flag=True, help="Read VALUE from standard input.")
@click.pass_context
def set_setting(ctx: click.Context, key: str, value: str | None, from_stdin: bool) -> None:
    """Write one setting to the config file.

    VALUE is text, or JSON for null and lists. Of a secret it comes from --stdin: arguments can be
    read by others, and stay in the shell's history.
    """
    value = _value(key, value, from_stdin=from_stdin)
    from codex2api.settings import SettingsError, check_value
    from codex2api.settings.changes import is_taken
    from codex2api.settings.layers import Given, plain

    path = _path(settings_from(ctx))
    try:
        checked = check_value(key, Given(plain(value), "command line"))
    except SettingsError as error:
        fail(str(error), Exit.USAGE)
    try:
        _write(path, key, checked)
    except (OSError, ValueError) as error:
        fail(f"{path} cannot be changed: {error}.")
    when = "within two seconds" if is_taken(key) else "with its next start"
    shown = "(hidden)" if _is_secret(key, checked) else json.dumps(checked)
    say(f"{key} = {shown} is in {path}; a running server takes it {when}.")
    if (origin := _stronger(ctx, path, key)) is not None:
        say(f"Note: the {origin} says otherwise, and outweighs the file.")


@command.command("path")
@click.pass_context
def show_path(ctx: click.Context) -> None:
    """Print which config file counts, or would if it existed."""
    click.echo(_path(settings_from(ctx)))


@command.command("edit")
@click.pass_context
def edit_file(ctx: click.Context) -> None:
    """Open the config file in $EDITOR, and keep it only if it is valid."""
    from codex2api.cli.config_edit import edit

    edit(_path_unread(ctx))


def _value(key: str, given: str | None, *, from_stdin: bool) -> str:
    """The value as somebody wrote it; secrets are not taken from the command line."""
    from codex2api.settings import SECRET_KEYS

    if from_stdin:
        if given is not None:
            raise click.UsageError("Give VALUE or --stdin, not both.")
        return sys.stdin.read().strip()
    if given is None:
        raise click.UsageError("Give a VALUE, or pipe it in with --stdin.")
    if key in SECRET_KEYS and given not in ("null", "[]"):
        raise click.UsageError(
            f"{key} is a secret, and arguments can be read by others: pipe it in with --stdin."
        )
    return given


def _stronger(ctx: click.Context, path: Path, key: str) -> str | None:
    """What outweighs the value that was just written, if anything does."""
    origin = settings_from(ctx).origin(key)
    return None if origin == f"config file {path}" else origin


def _is_secret(key: str, value: Any) -> bool:
    from codex2api.settings import SECRET_KEYS

    return key in SECRET_KEYS and bool(value)


def _path_unread(ctx: click.Context) -> Path:
    """The config file that counts, be it as bad as it may: it is edited to be mended."""
    from codex2api.settings import find_home
    from codex2api.settings.layers import possible_files

    files = possible_files(os.environ, named_config(ctx), find_home(os.environ))
    return next((path for path in files if path.is_file()), files[0])


def _path(settings: "Settings") -> Path:
    return settings.config_file or settings.home / "config.json"


def _values(settings: "Settings") -> dict[str, Any]:
    """Every setting by its dotted key; secrets are shown as hidden if there are any."""
    found: dict[str, Any] = {}
    for section, values in settings.model_dump(mode="json", by_alias=True).items():
        for name, value in values.items():
            key = f"{section}.{name}"
            found[key] = "(hidden)" if _is_secret(key, value) else value
    return found


def _write(path: Path, key: str, value: Any) -> None:
    from codex2api.store.durable import make_private, write_private

    content = json.loads(path.read_text(encoding="utf-8-sig")) if path.exists() else {}
    section, _, name = key.partition(".")
    content.setdefault(section, {})[name] = value
    if not path.parent.exists():
        make_private(path.parent)
    write_private(path, json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n")


def _refuse_key(key: str) -> None:
    from codex2api.settings import SettingsError, check_key

    try:
        check_key(key)
    except SettingsError as error:
        fail(str(error), Exit.USAGE)
