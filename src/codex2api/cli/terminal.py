"""What the commands share: how they end, how they print, how they get their settings.

Results go to stdout; everything said to a person meanwhile goes to stderr.
"""

import asyncio
import json
import os
import sys
from collections.abc import Coroutine, Mapping
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from codex2api.settings import Settings

T = TypeVar("T")


class Exit(IntEnum):
    """How a command can end (contract, section 1)."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    SIGN_IN = 4
    LIMIT = 5
    INTERRUPTED = 130


def fail(message: str, code: int = Exit.FAILED) -> NoReturn:
    """End the command with one sentence on stderr."""
    say(click.style(f"Error: {message}", fg="red"))
    sys.exit(code)


def say(message: str = "") -> None:
    """Tell a person something that is not the result; without colour where none is wanted."""
    click.echo(message, err=True, color=None if coloured(sys.stderr) else False)


def coloured(stream: Any) -> bool:
    """Whether this stream shows colours: a terminal, and ``NO_COLOR`` is not set."""
    return not os.environ.get("NO_COLOR") and bool(stream.isatty())


def print_json(value: Any) -> None:
    """Print a result for a program."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def settings_from(ctx: click.Context, overrides: Mapping[str, Any] | None = None) -> "Settings":
    """The effective settings; bad ones end the command with exit code 2.

    Args:
        ctx: Knows the ``--config`` of the whole command line.
        overrides: Options of this command that are settings, by dotted key (``server.port``).
    """
    from codex2api.settings import SettingsError, load_settings

    named = (ctx.find_root().obj or {}).get("config")
    try:
        return load_settings(overrides, config_path=Path(named) if named else None)
    except SettingsError as error:
        fail(str(error), Exit.USAGE)


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine. Ctrl-C cancels it and ends the command with exit code 130."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
"""The option that every reading command has."""
