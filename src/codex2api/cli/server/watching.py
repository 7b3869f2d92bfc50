"""A changed config file is taken while the server serves, as far as that is safe.

The file is looked at, not waited for: a look costs a few microseconds, and works on every file
system. A bad file changes nothing.
"""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import structlog

from codex2api.cli.terminal import Exit, fail
from codex2api.settings import Settings, SettingsError, find_home, load_settings, told
from codex2api.settings.changes import Changes, changes
from codex2api.settings.layers import possible_files

_EVERY = 1.0
"""Seconds between two looks. A file counts once two of them see the same: many an editor empties
it first, and then writes it."""

Marks = tuple[tuple[int, ...] | None, ...]
"""One for each place where the file may be; ``None`` where it is not."""

_log = structlog.get_logger("codex2api.settings")


@dataclass(frozen=True, slots=True)
class Source:
    """Where settings come from, and come from again.

    Attributes:
        overrides: From the command line, by dotted key.
        config_path: As ``--config`` names it.
        env: The environment.
    """

    overrides: Mapping[str, Any] = field(default_factory=dict)
    config_path: Path | None = None
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)

    def read(self) -> "Reading":
        """The settings as they are now.

        Raises:
            SettingsError: One of them is bad.
        """
        marks = self.look()  # before: what is written meanwhile has to be read again
        return Reading(load_settings(self.overrides, self.env, self.config_path), marks)

    def look(self) -> "Marks":
        """What tells one state of the files from another."""
        files = possible_files(self.env, self.config_path, find_home(self.env))
        return tuple(_mark(path) for path in files)


@dataclass(frozen=True, slots=True)
class Reading:
    """Settings, and the state of the config file that they were read from."""

    settings: Settings
    marks: "Marks"


def source_of(ctx: click.Context, overrides: Mapping[str, Any]) -> Source:
    """The source of a command's settings, ``--config`` included."""
    named = (ctx.find_root().obj or {}).get("config")
    given = {key: value for key, value in overrides.items() if value is not None}
    return Source(given, Path(named) if named else None)


def first_reading(source: Source) -> Reading:
    """The settings; bad ones end the command with exit code 2."""
    try:
        return source.read()
    except SettingsError as error:
        fail(str(error), Exit.USAGE)


class ConfigWatch:
    """Looks at the config file, and has its changes taken.

    Args:
        reading: The settings that are in force.
        source: Where they are from.
        take: Has new requests served by changed settings.
        announce: Whether to log what changed; of several processes, one does.
    """

    def __init__(
        self,
        reading: Reading,
        source: Source,
        take: Callable[[Settings], None],
        *,
        announce: bool = True,
    ) -> None:
        self.settings = self._wanted = reading.settings
        self._source = source
        self._take = take
        self._announce = announce
        self._known = self._last_look = reading.marks
        self._asked = asyncio.Event()

    def drain_seconds(self) -> float:
        """How long answers under way may take once the server ends."""
        return self.settings.server.drain_seconds

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            if await self._is_asked() or self._has_settled():
                self.reload()

    def look_soon(self) -> None:
        """Read the file at once, changed or not; from a signal, too."""
        self._asked.set()

    def reload(self) -> None:
        """Read the settings, and take what may be taken."""
        try:
            self._known = self._source.look()
            wanted = self._source.read().settings
            found = changes(self.settings, wanted)
            if found.taken:
                self._take(found.settings)
        except (SettingsError, OSError) as error:
            if self._announce:
                _log.warning("settings.refused", reason=str(error))
            return
        before, self._wanted = self._wanted, wanted
        self.settings = found.settings
        if self._announce:
            _tell(found, before, wanted)

    async def _is_asked(self) -> bool:
        try:
            async with asyncio.timeout(_EVERY):
                await self._asked.wait()
        except TimeoutError:
            return False
        self._asked.clear()
        return True

    def _has_settled(self) -> bool:
        """Whether the file is another one than was read, and is written to no more."""
        before, self._last_look = self._last_look, self._source.look()
        return self._last_look == before != self._known


def _tell(found: Changes, before: Settings, wanted: Settings) -> None:
    old, new = before.by_key(), wanted.by_key()
    waiting = [key for key in found.waiting if old[key] != new[key]]
    if found.taken:
        _log.info("settings.taken", values=_list(found.settings, found.taken))
    if waiting:
        _log.warning("settings.wait_for_restart", values=_list(wanted, waiting))
    if not found.taken and not waiting:
        _log.info("settings.unchanged")


def _list(settings: Settings, keys: Sequence[str]) -> str:
    return ", ".join(told(settings, key) for key in keys)


def _mark(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
