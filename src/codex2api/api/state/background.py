"""Responses in the background: they go on when their caller has left, and can be followed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

import zstandard

from codex2api.api.state.opening import OpenStores
from codex2api.api.streaming import RawHeaders, SseResponse
from codex2api.dialects.responses.remembered import CANCELLED, lost_events
from codex2api.errors import ApiError, Kind
from codex2api.protocol.sse import encode

_MOST = 256
"""Each of them holds a connection to the backend, and its events."""

_LOOK_EVERY = 2.0
"""Seconds."""

_END = b"\n\n"
"""What ends an event; nothing inside one looks like it, for JSON text has no line ends."""


class EventLog:
    """The events of one answer, numbered from 0 as their sequence numbers are.

    It can be written to in the place of a caller's ``SseResponse``.

    Args:
        first: The number of its first event, where earlier ones are lost.
    """

    def __init__(self, first: int = 0) -> None:
        self._first = first
        self._events: list[bytes] = []
        self._news = asyncio.Event()
        self._ended = False
        self.started = False

    async def start(self, _headers: RawHeaders) -> None:
        """The answer has begun."""
        self.started = True

    async def write(self, data: bytes) -> None:
        """More events."""
        self._events += [event + _END for event in data.split(_END)[:-1]]
        self._tell()

    @property
    def next_number(self) -> int:
        """The number of the event that comes next."""
        return self._first + len(self._events)

    def end(self) -> None:
        """There are no more events."""
        self._ended = True
        self._tell()

    async def follow(self, after: int) -> AsyncIterator[bytes]:
        """All events after a sequence number, as they come; -1 is before the first."""
        position = max(after + 1 - self._first, 0)
        while True:
            news = self._news
            if position < len(self._events):
                yield b"".join(self._events[position:])
                position = len(self._events)
            elif self._ended:
                return
            else:
                await news.wait()

    def packed(self, more: bytes = b"") -> bytes:
        """The log as it is stored, with some events that are yet to be written."""
        return zstandard.compress(b"".join((*self._events, more)))

    @classmethod
    def unpacked(cls, stored: bytes) -> "EventLog":
        """A log that was stored; it has ended."""
        log = cls()
        log._events = [event + _END for event in zstandard.decompress(stored).split(_END)[:-1]]
        log._ended = True
        return log

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


async def follow(log: EventLog, after: int, sse: SseResponse) -> None:
    """Pass a log's events on to a caller until it ends."""
    async for data in log.follow(after):
        await sse.write(data)


@dataclass(frozen=True, slots=True)
class _Run:
    log: EventLog
    task: asyncio.Task[None]


GivenUp: TypeAlias = Callable[[AbstractSet[str]], Awaitable[AbstractSet[str]]]
"""Tells which of some responses nobody wants any more."""


def given_up_in(stores: OpenStores) -> GivenUp:
    """Asks what is remembered."""

    async def given_up(names: AbstractSet[str]) -> AbstractSet[str]:
        return await (await stores()).responses.given_up(names)

    return given_up


async def _all_wanted(_names: AbstractSet[str]) -> AbstractSet[str]:
    return frozenset()


class Background:
    """The responses that this process is working on, by their ids.

    Args:
        given_up: Asked now and then, because another process may be told to cancel.
    """

    def __init__(self, given_up: GivenUp = _all_wanted) -> None:
        self._given_up = given_up
        self._runs: dict[str, _Run] = {}
        self._watch: asyncio.Task[None] | None = None

    def start(self, name: str, log: EventLog, work: Coroutine[object, object, None]) -> None:
        """Begin to work on a response; the log is ended when the work is."""
        task = asyncio.create_task(work)
        self._runs[name] = _Run(log, task)
        task.add_done_callback(lambda _: self._end(name))
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._heed_others())

    @property
    def running(self) -> int:
        """How many there are."""
        return len(self._runs)

    def require_room(self) -> None:
        """Let nobody begin what would be one too many.

        Raises:
            ApiError: It would be.
        """
        if len(self._runs) >= _MOST:
            raise ApiError(
                Kind.OVERLOADED, f"{_MOST} responses are in the background already; try again."
            )

    def log(self, name: str) -> EventLog | None:
        """The events of a response that is being worked on."""
        run = self._runs.get(name)
        return None if run is None else run.log

    async def cancel(self, name: str, ending: bytes = b"") -> None:
        """Stop working on a response; ``ending``, or what happened, is told to its followers."""
        run = self._runs.get(name)
        if run is not None:
            log = run.log
            await log.write(ending or encode(lost_events(CANCELLED, log.next_number)))
            run.task.cancel()

    async def close(self) -> None:
        """Stop working; what is left undone is shown as failed from now on."""
        tasks = [run.task for run in self._runs.values()]
        if self._watch is not None:
            tasks.append(self._watch)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _heed_others(self) -> None:
        while self._runs:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                unwanted = await self._given_up(frozenset(self._runs))
            except ApiError:  # the log has it; the next look may tell more
                continue
            for name in unwanted:
                await self.cancel(name)

    def _end(self, name: str) -> None:
        self._runs.pop(name).log.end()
