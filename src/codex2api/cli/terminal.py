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

from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.settings import Settings

T = TypeVar("T")

WANTS_JSON = "codex2api.json"
"""In a context's ``meta``: whether ``--json`` is among the words of the command line."""


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
    """End the command with one sentence on stderr; with ``--json``, an object."""
    tell_error(message, code)
    sys.exit(code)


def tell_error(message: str, code: int) -> None:
    """What ``fail`` says."""
    if _wants_json():
        error = {"message": message, "reason": Exit(code).name.lower(), "exit_code": int(code)}
        click.echo(json.dumps({"schema": 1, "error": error}, ensure_ascii=False), err=True)
    else:
        say(click.style(_("Error: {message}").format(message=message), fg="red"))


def say(message: str = "") -> None:
    """Tell a person something that is not the result; without colour where none is wanted."""
    click.echo(message, err=True, color=coloured(sys.stderr))


def hint(message: str = "") -> None:
    """Tell what may help, and may be missed: ``-q`` leaves it out."""
    if not wish("quiet"):
        say(message)


def show(message: str, colour: str = "") -> None:
    """Print a line of the result, coloured where that is wanted."""
    text = click.style(message, fg=colour) if colour else message
    click.echo(text, color=coloured(sys.stdout))


def coloured(stream: Any) -> bool:
    """Whether this stream shows colours: ``--color``, else what the environment and it say."""
    match wish("color"):
        case "always":
            return True
        case "never":
            return False
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return bool(stream.isatty()) and os.environ.get("TERM") != "dumb"


def plain(stream: Any) -> bool:
    """Whether only ASCII can be shown: a dumb terminal, or no UTF-8."""
    encoding = (getattr(stream, "encoding", None) or "").lower()
    return os.environ.get("TERM") == "dumb" or "utf" not in encoding


def wish(name: str) -> Any:
    """A global option of this command line (``quiet``, ``verbose``, ``color``), if it was given."""
    ctx = click.get_current_context(silent=True)
    return (ctx.find_root().obj or {}).get(name) if ctx else None


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

    try:
        return load_settings(overrides, config_path=named_config(ctx))
    except SettingsError as error:
        fail(str(error), Exit.USAGE)


def named_config(ctx: click.Context) -> Path | None:
    """What ``--config`` names."""
    named = (ctx.find_root().obj or {}).get("config")
    return Path(named) if named else None


def command_logs() -> None:
    """Have a command's log on stderr: what a person should know, or with ``-v`` all of it."""
    from codex2api import logs

    logs.configure(level="debug" if wish("verbose") else "warn", directory=None, format="console")


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine. Ctrl-C cancels it and ends the command with exit code 130."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)


json_option = click.option("--json", "as_json", is_flag=True, help=_("Print JSON for programs."))
"""The option that every reading command has."""


def _wants_json() -> bool:
    ctx = click.get_current_context(silent=True)
    return bool(ctx and ctx.meta.get(WANTS_JSON))
