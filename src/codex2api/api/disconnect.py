"""Notices a caller who leaves, so that work nobody waits for ends at once."""

import asyncio
from types import TracebackType

from starlette.types import Receive

CALLER_LEFT = 499
"""nginx's status for it; only ever in the log."""

_GRACE = 0.1
"""Seconds before the watch begins: most answers to short requests cost no task of their own."""


class CallerLeftError(Exception):
    """The caller closed the connection; there is nobody to answer."""


class CallerWatch:
    """While the block runs, a leaving caller cancels it; it then ends with ``CallerLeftError``.

    Works as ``asyncio.timeout`` does: the cancellation is told apart from one that comes from
    outside, and only our own is turned into an exception of ours. Whatever of the request's body
    has not been read is passed over. Leave it before the last byte is sent: servers report a
    finished answer with the same message.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._watch: asyncio.Task[None] | None = None
        self._left = False

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        self._timer = asyncio.get_running_loop().call_later(_GRACE, self._begin)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None  # it knows us: a circle that only the collector would find
        if not self._left or self._task is None:
            return
        if self._task.uncancel() == 0 and (kind is None or kind is asyncio.CancelledError):
            raise CallerLeftError from None

    def _begin(self) -> None:
        self._watch = asyncio.create_task(self._wait())
        self._watch.add_done_callback(self._on_farewell)

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    def _on_farewell(self, watch: asyncio.Task[None]) -> None:
        if watch.cancelled() or self._task is None:
            return
        self._left = True
        self._task.cancel()
