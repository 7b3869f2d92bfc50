"""What happens at the server, for those who look at it: finished calls, and how accounts stand.

Calls are numbered by the ledger, so that a viewer goes on where it stopped, also after a restart,
and hears of calls that another process has served. The ledger is asked while somebody looks, and
not otherwise; all viewers share the answer.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from codex2api.api.board.cards import AccountCard
from codex2api.errors import ApiError
from codex2api.ledger.calls import KeptCall, Wanted
from codex2api.ledger.ports import LedgerStore

_EVERY = 0.5
"""Seconds between two looks."""

_HELD = 256
"""Calls that a viewer may be behind; who reads more slowly begins anew."""

_LATE = 64
"""A database gives numbers when a call begins to be written: of two replicas, the greater number
may be there first. So many numbers below the newest are looked at again."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class News:
    """What a viewer has not heard yet.

    Attributes:
        calls: The oldest first.
        accounts: How all of them stand, if that has changed.
        missed: Something is gone for good: the viewer has to read everything anew.
    """

    calls: Sequence[KeptCall] = ()
    accounts: Sequence[AccountCard] | None = None
    missed: bool = False


@dataclass(slots=True)
class Place:
    """Where a viewer is: what comes next in the feed, and the accounts it knows."""

    arrival: int
    version: int = -1


@dataclass(slots=True)
class Feed:
    """The feed of one process.

    Attributes:
        ledger: Opens it; raises ``ApiError`` where nothing is recorded.
        accounts: How they stand.
        every: Seconds between two looks.
    """

    ledger: Callable[[], Awaitable[LedgerStore]]
    accounts: Callable[[], Awaitable[list[AccountCard]]]
    every: float = _EVERY
    _calls: deque[KeptCall] = field(default_factory=lambda: deque(maxlen=_HELD))
    _known: deque[int] = field(default_factory=lambda: deque(maxlen=_HELD))
    _arrived: int = 0
    _newest: int | None = None
    _cards: list[AccountCard] = field(default_factory=list)
    _version: int = 0
    _viewers: int = 0
    _looking: asyncio.Task[None] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def enter(self) -> Place:
        """A viewer comes; ``leave`` has to follow."""
        self._viewers += 1
        if self._looking is None:
            self._newest = None  # what came while nobody looked is no news
            await self._look()
            self._looking = asyncio.create_task(self._look_on())
        return Place(self._arrived)

    def leave(self) -> None:
        """A viewer goes; with the last one the looking ends."""
        self._viewers -= 1
        if self._viewers == 0 and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    @property
    def newest(self) -> int:
        """The number of the newest call; 0 if there is none."""
        return self._newest or 0

    async def since(self, number: int) -> News:
        """What has come after a call's number; that it is too much, or another ledger's number."""
        with suppress(ApiError):
            ledger = await self.ledger()
            found = await ledger.calls(Wanted(after=number - 1), _HELD + 1)
            if len(found) <= _HELD and (number == 0 or (found and found[-1].number == number)):
                return News([kept for kept in found[::-1] if kept.number > number])
        return News(missed=True)

    async def next(self, place: Place, patience: float) -> News:
        """What a viewer has not heard; empty if there is nothing for so many seconds."""
        news = self._news
        if place.arrival == self._arrived and place.version == self._version:
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), patience)
        behind = self._arrived - place.arrival
        accounts = None if place.version == self._version else self._cards
        place.arrival, place.version = self._arrived, self._version
        if behind > len(self._calls):
            return News(missed=True, accounts=accounts)
        return News(list(self._calls)[len(self._calls) - behind :], accounts)

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(self.every)
            try:
                await self._look()
            except Exception:  # noqa: BLE001 (the border of a task that nobody waits for)
                _log.exception("feed.bug")

    async def _look(self) -> None:
        """Take in what is new, and wake the viewers."""
        arrived, version = self._arrived, self._version
        with suppress(ApiError):  # the store's own log has it, and pages tell it when they read
            await self._look_at_calls()
        with suppress(ApiError):
            cards = await self.accounts()
            if cards != self._cards:
                self._cards, self._version = cards, self._version + 1
        if (arrived, version) != (self._arrived, self._version):
            news, self._news = self._news, asyncio.Event()
            news.set()

    async def _look_at_calls(self) -> None:
        ledger = await self.ledger()
        if self._newest is None:
            last = await ledger.calls(Wanted(), _LATE)
            self._known.extend(kept.number for kept in last[::-1])
            self._newest = last[0].number if last else 0
            return
        found = await ledger.calls(Wanted(after=self._newest - _LATE), _HELD)
        new = [kept for kept in found[::-1] if kept.number not in self._known]
        self._calls.extend(new)
        self._known.extend(kept.number for kept in new)
        self._arrived += len(new)
        if found:
            self._newest = max(self._newest, found[0].number)
