"""Where several processes of one server show each other what they have counted.

Each writes a file of its own, whole and seldom. What a process has counted outlives it: who takes
its place goes on from there, so that no sum ever shrinks.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog

from codex2api.metrics.reading import Snapshot, only_what_grew, together

_PAUSE = 1.0
"""Seconds between two looks whether there is news."""

_log = structlog.get_logger(__name__)

Take = Callable[[], Awaitable[Snapshot]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process writes.

    Attributes:
        folder: Of all processes of a server, and of nobody else.
        number: Of this one; another process may get it later.
    """

    folder: Path
    number: int

    @property
    def file(self) -> Path:
        """Where this process writes."""
        return self.folder / f"{self.number}.metrics"


class Scoreboard:
    """Shows what this process has counted, and adds what the others show.

    Args:
        take: What this process knows now.
        place: Where to show it; ``None`` for a process that is alone.
        pause: Seconds between two looks whether there is news to show.
    """

    def __init__(self, take: Take, place: Place | None = None, pause: float = _PAUSE) -> None:
        self._take = take
        self._place = place
        self._pause = pause
        self._before = _read(place.file) if place is not None else None
        self._shown = b""

    async def whole(self) -> Snapshot:
        """The sum of all processes; of the others as of a second ago at the most."""
        own = await self._own()
        if self._place is None:
            return own
        return together([own, *await asyncio.to_thread(_others, self._place)])

    async def run(self) -> None:
        """Show what is new, until cancelled."""
        while self._place is not None:
            await self.show(self._place)
            await asyncio.sleep(self._pause)

    async def show(self, place: Place) -> None:
        """Show what this process knows now, if it is not shown yet."""
        data = msgspec.msgpack.encode(await self._own())
        if data == self._shown:
            return
        try:
            await asyncio.to_thread(_write, place.file, data)
        except OSError as error:
            _log.warning("metrics.not_shown", reason=error.strerror)
        self._shown = data

    async def _own(self) -> Snapshot:
        own = await self._take()
        return own if self._before is None else together([only_what_grew(self._before), own])


def _write(file: Path, data: bytes) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_bytes(data)
    fresh.replace(file)


def _read(file: Path) -> Snapshot | None:
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=Snapshot)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        _log.warning("metrics.not_read", file=file.name, reason=type(error).__name__)
        return None


def _others(place: Place) -> list[Snapshot]:
    files = [file for file in sorted(place.folder.glob("*.metrics")) if file != place.file]
    found = [snapshot for snapshot in map(_read, files) if snapshot is not None]
    return [each if all(map(_lives, each.pids)) else only_what_grew(each) for each in found]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
