"""Silence limits for a stream, at the price of one timer for all of its reads."""

import asyncio
from collections.abc import Callable


class IdleWatch:
    """Breaks a wait for events that has become too long.

    A timeout scope for each read would cost a tenth of what a paced event costs altogether, so the
    timer here is left running and looks at the deadline only when it goes off.

    Args:
        seconds: The longest wait.
        give_up: Ends it.
    """

    def __init__(self, seconds: float, give_up: Callable[[], None]) -> None:
        self._seconds = seconds
        self._give_up = give_up
        self._loop = asyncio.get_running_loop()
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.expired = False

    @property
    def waits(self) -> bool:
        """Whether a wait is under way."""
        return self._deadline is not None

    def start(self) -> None:
        """A wait begins."""
        self._deadline = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._look)

    def stop(self) -> None:
        """It is over: until the next one, the caller's slowness is nobody's fault."""
        self._deadline = None

    def close(self) -> None:
        """No more waits will come."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        due = now + self._seconds if self._deadline is None else self._deadline
        if due > now:
            self._timer = self._loop.call_at(due, self._look)
        else:
            self.expired = True
            self._give_up()
