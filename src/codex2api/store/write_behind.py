"""Records of calls on their way into the ledger: nobody waits for a database.

They gather in memory, a bounded number, and are written a second later or when there are many.
While the database fails they are kept, and it is tried again; what does not fit any more is lost,
the oldest first. The log says once that it begins, and once how many there were.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context

import structlog

from codex2api.errors import ApiError
from codex2api.ledger.calls import CallRecord
from codex2api.ledger.ports import LedgerStore

_MOST = 10_000
"""Records in memory: some four megabytes."""

_TOGETHER = 256

_PAUSE = 1.0
"""Seconds; what is younger is lost when the process is killed."""

_LONGEST_PAUSE = 60.0

_PATIENCE = 5.0
"""Seconds that the end of the server waits for a database that does not answer."""

_log = structlog.get_logger()


class WriteBehind:
    """Takes records down at once and writes them later.

    Args:
        open_ledger: Opens the ledger; called when there is something to write, never before.
        most: Records that are kept in memory.
        pause: Seconds until they are written.

    Attributes:
        dropped: Records that were lost since the start.
    """

    def __init__(
        self,
        open_ledger: Callable[[], Awaitable[LedgerStore]],
        *,
        most: int = _MOST,
        pause: float = _PAUSE,
    ) -> None:
        self._open = open_ledger
        self._most = most
        self._pause = pause
        self._waiting: deque[CallRecord] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._many = asyncio.Event()
        self._ending = False
        self._failing = False
        self._lost = 0
        self.dropped = 0

    @property
    def length(self) -> int:
        """How many records wait."""
        return len(self._waiting)

    def record(self, call: CallRecord) -> None:
        """Take a record down; needs a running event loop, and never waits or fails."""
        waiting = self._waiting
        waiting.append(call)
        if self._writing is None:
            # Not in the context of a request: what is logged here belongs to none.
            self._writing = asyncio.create_task(self._write_all(), context=Context())
        elif len(waiting) == _TOGETHER:
            self._many.set()
        elif len(waiting) > self._most:
            waiting.popleft()
            self._lose(1)

    async def close(self) -> None:
        """Write what is there, if the database lets us."""
        self._ending = True
        self._many.set()
        writing = self._writing
        if writing is not None:
            await asyncio.wait([writing], timeout=_PATIENCE)
            writing.cancel()
            await asyncio.wait([writing])
        self._lose(len(self._waiting))
        self._waiting.clear()
        self._tell_loss()

    async def _write_all(self) -> None:
        """Write until nothing is left: a server without callers has no timer that wakes it."""
        pause = self._pause
        try:
            while self._waiting:
                await self._rest(pause)
                self._failing = not await self._write_what_is_there()
                if self._ending and self._failing:
                    return
                pause = min(2 * pause, _LONGEST_PAUSE) if self._failing else self._pause
        finally:
            self._writing = None

    async def _rest(self, pause: float) -> None:
        self._many.clear()
        if not self._ending:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._many.wait(), pause)

    async def _write_what_is_there(self) -> bool:
        """Write what has come until now, some at a time; whether the database took it."""
        for _ in range(0, len(self._waiting), _TOGETHER):
            count = min(_TOGETHER, len(self._waiting))
            if not await self._write([self._waiting.popleft() for _ in range(count)]):
                return False
        self._tell_loss()
        return True

    async def _write(self, some: list[CallRecord]) -> bool:
        done = False
        try:
            await (await self._open()).add(some)
            done = True
        except (ApiError, OSError) as error:
            if not self._failing:
                _log.warning("ledger.not_written", reason=str(error))
        except Exception:  # noqa: BLE001 (the border: a bug costs these records, not all later ones)
            _log.exception("ledger.bug", records=len(some))
            done = True
        finally:
            if not done:
                self._give_back(some)
        return done

    def _give_back(self, some: list[CallRecord]) -> None:
        self._waiting.extendleft(reversed(some))
        for _ in range(len(self._waiting) - self._most):
            self._waiting.popleft()
            self._lose(1)

    def _lose(self, count: int) -> None:
        if count and not self._lost:
            _log.warning("ledger.losing", kept=self._most)
        self._lost += count
        self.dropped += count

    def _tell_loss(self) -> None:
        if self._lost:
            _log.warning("ledger.lost", records=self._lost)
        self._lost = 0
