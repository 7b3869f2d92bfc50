"""Notices a caller who leaves, so that work nobody waits for ends at once."""

import asyncio
from types import TracebackType

from starlette.types import Message, Receive

CALLER_LEFT = 499
"""nginx's status for it; only ever in the log."""


class CallerLeftError(Exception):
    """The caller closed the connection; there is nobody to answer."""


class CallerWatch:
    """While the block runs, a leaving caller cancels it; it then ends with ``CallerLeftError``.

    Works as ``asyncio.timeout`` does: the cancellation is told apart from one that comes from
    outside, and only our own is turned into an exception of ours. Enter it when the request body
    has been read, and leave it before the last byte is sent: servers report a finished answer
    with the same message.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = False

    async def __aenter__(self) -> None:
        self._task = asyncio.current_task()
        self._watch = asyncio.create_task(self._wait())
        self._watch.add_done_callback(self._on_message)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watch.cancel()
        if not self._left or self._task is None:
            return
        if self._task.uncancel() == 0 and (kind is None or kind is asyncio.CancelledError):
            raise CallerLeftError from None

    async def _wait(self) -> Message:
        return await self._receive()

    def _on_message(self, watch: asyncio.Task[Message]) -> None:
        if watch.cancelled() or self._task is None:
            return
        self._left = True
        self._task.cancel()
