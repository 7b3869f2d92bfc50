"""A client's own file, edited: shown first, agreed to, kept as it was beside it."""

import difflib
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy2
from typing import TYPE_CHECKING, NoReturn

import click

from codex2api.cli.terminal import Exit, coloured, fail, say
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.connect import Client, Setup
    from codex2api.connect.values import FileEdit, Merged

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@dataclass(frozen=True, slots=True)
class _File:
    """A file and what is in it; ``None`` if it is not there yet."""

    path: Path
    text: str | None


def write_file(client: "Client", setup: "Setup", *, yes: bool) -> None:
    """Edit the file of a client that has one.

    Args:
        client: Has an ``edit``.
        setup: What to write.
        yes: Do not ask.
    """
    edit = client.edit
    if edit is None:
        raise ValueError(f"{client.name} has no file")
    file = _read(edit)
    merged = _merged(edit, file, setup, client)
    if merged.text == file.text:
        say(_("{path} is as it should be.").format(path=file.path))
        return
    _show(file, merged.text)
    if not yes:
        _ask(file.path)
    _save(file, merged.text)
    for note in merged.notes:
        say(_(note))


def _read(edit: "FileEdit") -> _File:
    from codex2api.connect.values import Machine

    path = Path(edit.path(Machine(sys.platform, Path.home(), os.environ)))
    try:
        return _File(path, path.read_bytes().decode())
    except FileNotFoundError:
        return _File(path, None)
    except OSError as error:
        fail(_("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror))
    except UnicodeDecodeError:
        fail(_("{path} is not UTF-8 text.").format(path=path))


def _merged(edit: "FileEdit", file: _File, setup: "Setup", client: "Client") -> "Merged":
    from codex2api.connect.values import UnsafeEditError

    try:
        return edit.merged(file.text, setup)
    except UnsafeEditError as error:
        text = _("{path} is left as it is. {reason} Paste what this prints: {line}")
        line = f"codex2api connect {client.name}"
        reason = _(error.text).format(**error.values)
        fail(text.format(path=file.path, reason=reason, line=line))


def _show(file: _File, new: str) -> None:
    """What would change, on stderr; a file of somebody's may hold secrets, so little around it."""
    old = (file.text or "").splitlines()
    lines = difflib.unified_diff(
        old, new.splitlines(), str(file.path), str(file.path), "", "", 1, ""
    )
    for line in lines:
        colour = _COLOURS.get(line[:1]) if coloured(sys.stderr) else None
        say(click.style(line, fg=colour) if colour else line)


def _ask(path: Path) -> None:
    if not sys.stdin.isatty():
        fail(
            _("Nobody can be asked here; to write {path} anyway: -y").format(path=path), Exit.USAGE
        )
    if not click.confirm(_("Write {path}?").format(path=path), err=True):
        raise click.Abort


def _save(file: _File, new: str) -> None:
    """Replace the file at once, with the mode that it had; the old one stays beside it."""
    from codex2api.store.durable import write_private

    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        if file.text is None:
            write_private(file.path, new.encode())
        else:
            _replace(file.path, new)
    except OSError as error:
        _not_written(file.path, error)
    say(_("Wrote {path}.").format(path=file.path))


def _replace(path: Path, new: str) -> None:
    from codex2api.store.durable import write_private

    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    backup = path.with_name(f"{path.name}.{stamp}.bak")
    copy2(path, backup)
    mode = path.stat().st_mode & 0o7777
    write_private(path, new.encode())
    path.chmod(mode)
    say(_("What was there is in {path}.").format(path=backup))


def _not_written(path: Path, error: OSError) -> NoReturn:
    fail(_("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror))
