"""``codex2api config``: the settings that are in force, and where each comes from."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from codex2api.cli.terminal import Exit, fail, json_option, print_json, say, settings_from

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
        print_json(
            {key: {"value": value, "origin": settings.origin(key)} for key, value in values.items()}
        )
        return
    rows = [(key, json.dumps(value), settings.origin(key)) for key, value in values.items()]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for key, value, origin in rows:
        click.echo(f"{key.ljust(widths[0])}  {value.ljust(widths[1])}  {origin}")


@command.command("get")
@click.argument("key")
@json_option
@click.pass_context
def get_setting(ctx: click.Context, key: str, as_json: bool) -> None:
    """Print one setting, for instance backend.idleTimeout."""
    value = _values(settings_from(ctx)).get(key, ...)
    if value is ...:
        _refuse_key(key)
    click.echo(value if isinstance(value, str) and not as_json else json.dumps(value))


@command.command("set")
@click.argument("key")
@click.argument("value")
@click.pass_context
def set_setting(ctx: click.Context, key: str, value: str) -> None:
    """Write one setting to the config file.

    VALUE is text, or JSON for null and lists.
    """
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
    say(f"{key} = {json.dumps(checked)} is in {path}; a running server takes it {when}.")


@command.command("path")
@click.pass_context
def show_path(ctx: click.Context) -> None:
    """Print which config file counts, or would if it existed."""
    click.echo(_path(settings_from(ctx)))


def _path(settings: "Settings") -> Path:
    return settings.config_file or settings.home / "config.json"


def _values(settings: "Settings") -> dict[str, Any]:
    """Every setting by its dotted key; secrets are shown as hidden if there are any."""
    from codex2api.settings import SECRET_KEYS

    found: dict[str, Any] = {}
    for section, values in settings.model_dump(mode="json", by_alias=True).items():
        for name, value in values.items():
            key = f"{section}.{name}"
            found[key] = "(hidden)" if key in SECRET_KEYS and value else value
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
