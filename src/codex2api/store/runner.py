"""Which processes are alive, told by locks that the operating system ends with them.

A process that works on background responses holds a lock file of its own, so that any other, and
its own successor, can tell at once whether a response is still being worked on. Replicas on
several machines have rows for that instead (``store/heartbeat.py``).
"""

import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

_YOUNG = 3600.0


class Runners(Protocol):
    """The processes that share what is remembered."""

    def begin(self) -> str:
        """Say that this process is alive; its name."""

    async def end(self) -> None:
        """Say that it no longer is."""

    async def is_alive(self, name: str) -> bool:
        """Whether the process of this name still runs."""


class LockedRunners:
    """``Runners`` that share a folder.

    Args:
        folder: Where their lock files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.own = secrets.token_hex(8)
        self._lock = FileLock(self._path(self.own), mode=0o600, thread_local=False)

    def begin(self) -> str:
        """Say that this process is alive; its name."""
        if not self._lock.is_locked:
            self._sweep()
            self._lock.acquire()
        return self.own

    async def end(self) -> None:
        """Say that it no longer is."""
        if self._lock.is_locked:
            self._path(self.own).unlink(missing_ok=True)
            self._lock.release()

    async def is_alive(self, name: str) -> bool:
        """Whether the process of this name still runs; if not, its file is removed."""
        return self._is_alive(name)

    def _is_alive(self, name: str) -> bool:
        if name == self.own:
            return True
        path = self._path(name)
        if not path.exists():
            return False
        lock = FileLock(path, mode=0o600, thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return True
        lock.release()
        path.unlink(missing_ok=True)
        return False

    def _sweep(self) -> None:
        """Remove what killed processes left; young files may be locked only in a moment."""
        for path in self._folder.glob(".runner.*.lock"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _YOUNG:
                    self._is_alive(path.name.split(".")[2])

    def _path(self, name: str) -> Path:
        return self._folder / f".runner.{name}.lock"
