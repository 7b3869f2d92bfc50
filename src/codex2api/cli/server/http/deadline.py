"""The one time limit of a connection, whatever it waits for."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Calls something unless it is called off before.

    A timer of the event loop is costly, and a connection waits for something else several times a
    request. So there is one, which is moved on only when it fires.

    Args:
        loop: Whose clock and timers these are.
    """

    __slots__ = ("_at", "_due", "_loop", "_then", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._then: Callable[[], object] | None = None
        self._at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # when the timer fires, which may be before its time

    def set(self, seconds: float, then: Callable[[], object]) -> None:
        """Call ``then`` in so many seconds, in the place of what was to be called before."""
        self._then = then
        self._at = self._loop.time() + seconds
        if self._timer is None or self._due > self._at:
            self._start()

    def call_off(self) -> None:
        """Call nothing."""
        self._then = None

    def end(self) -> None:
        """Call nothing, ever: lets go of the timer."""
        self._then = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = self._at
        self._timer = self._loop.call_at(self._at, self._fire)

    def _fire(self) -> None:
        self._timer = None
        then = self._then
        if then is None:
            return
        if self._loop.time() < self._at:
            self._start()
            return
        self._then = None
        then()
