"""One at a time, across tasks and processes, without ever blocking the event loop."""

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from filelock import FileLock, Timeout

from codex2api.errors import ApiError, Kind

_POLL = 0.02
_PATIENCE = 90.0
"""Seconds to wait for another process: longer than any refresh it can honestly be busy with."""

_PASSING = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""Failures that say nothing about the folder: other processes can take the lock all the same."""

_log = structlog.get_logger()


class Turns:
    """Exclusive turns by name. The operating system ends the turn of a process that died.

    Args:
        folder: Where the lock files are; they stay there, because removing one that somebody waits
            for would let two in.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tasks: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def take(self, name: str, patience: float = _PATIENCE) -> AsyncIterator[None]:
        """Wait for the turn, and hold it inside the block.

        Args:
            name: Whose turn.
            patience: Seconds to wait for another process.

        Raises:
            ApiError: When another process does not let go of it, or there is no descriptor left.
        """
        async with self._tasks.setdefault(name, asyncio.Lock()):
            lock = await self._lock(name, patience)
            try:
                yield
            finally:
                if lock is not None:
                    lock.release()

    def busy(self, name: str) -> bool:
        """Whether a task of this process holds the turn."""
        return name in self._tasks and self._tasks[name].locked()

    async def _lock(self, name: str, patience: float) -> FileLock | None:
        lock = FileLock(self._folder / f".{name}.lock", mode=0o600, thread_local=False)
        waited = 0.0
        while True:
            try:
                lock.acquire(blocking=False)
            except Timeout:
                if waited >= patience:
                    raise _stuck(name, patience) from None
                await asyncio.sleep(_POLL)
                waited += _POLL
            except OSError as error:
                if error.errno in _PASSING:
                    raise ApiError(
                        Kind.STORAGE_UNAVAILABLE,
                        f"The lock of {name} cannot be taken at the moment: {error.strerror}.",
                        retry_after=2.0,
                    ) from error
                # A read-only folder: tasks still take turns, and no process can save anyway.
                _log.warning("turn.unlocked", name=name, reason=error.strerror)
                return None
            else:
                return lock


def _stuck(name: str, patience: float) -> ApiError:
    return ApiError(
        Kind.UPSTREAM_UNAVAILABLE,
        f"Another codex2api process has been holding the lock of {name} for more than "
        f"{patience:.0f} seconds. Stop that process, then try again.",
    )
