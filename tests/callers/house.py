"""A house of meters with a clock that stands still, and keys in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from codex2api.accounts.limits import Window
from codex2api.callers import Caller, KnownKey
from codex2api.callers.counter import Addition, Books, Count
from codex2api.callers.grants import NO_GRANTS, Grants
from codex2api.callers.keys import ClientKey, KeyList
from codex2api.callers.meter import House, known_key
from codex2api.callers.plan import Plan
from codex2api.callers.wording import changed
from codex2api.errors import ApiError, Kind
from codex2api.protocol.usage import InputTokens, Usage

NOW = 1_800_000_000.0
WEEK = 10_080


@dataclass
class Stage:
    """The clock, the plans, and what is counted."""

    now: float = NOW
    reserve: float = 0
    windows: dict[str, list[Window]] = field(default_factory=dict)
    slugs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.books = Books()
        self.plan = Plan(
            lambda label: self.windows.get(label, ()), self.books, lambda: self.now, self.reserve
        )
        self.house = House(
            self.books, self.plan, lambda name: self.slugs.get(name, name), lambda: self.now
        )

    def key(self, name: str = "anne", expires: float | None = None, **said: Any) -> KnownKey:
        caller = Caller(name, id=f"id-{name}", grants=granted(**said))
        return known_key(self.house, name.encode(), caller, expires)

    def plan_used(self, percent: float, minutes: int = WEEK) -> None:
        """What the backend says of the account's week, which ends in a day."""
        left = self.windows.get("a", [])
        others = [window for window in left if window.minutes != minutes]
        new = Window(minutes, percent, NOW + 86_400, self.now)
        self.windows["a"] = [*others, new]


def granted(**said: Any) -> Grants:
    return changed(NO_GRANTS, said)


def used(fresh: int = 0, written: int = 0, cached: int = 0) -> Usage:
    return Usage(
        input_tokens=fresh + cached,
        input_tokens_details=InputTokens(cached_tokens=cached),
        output_tokens=written,
        total_tokens=fresh + cached + written,
    )


class MemoryKeys:
    """A ``KeyStore`` without a database, for several rings."""

    def __init__(self) -> None:
        self.version = 0
        self.held: dict[str, ClientKey] = {}
        self.counts: dict[tuple[str, str], Count] = {}
        self.seen: dict[str, int] = {}
        self.broken = False

    async def read(self, known: int | None = None) -> KeyList | None:
        self._work()
        if known == self.version:
            return None
        return KeyList(self.version, list(self.held.values()), list(self.counts.values()))

    async def add(self, key: ClientKey) -> None:
        self._work()
        self.version += 1
        self.held[key.name] = key

    async def change(self, name: str, change: Callable[[ClientKey], ClientKey]) -> ClientKey:
        self.version += 1
        self.held[name] = change(self.held[name])
        return self.held[name]

    async def remove(self, name: str) -> ClientKey:
        self.version += 1
        return self.held.pop(name)

    async def count(
        self, additions: Sequence[Addition], seen: Mapping[str, int]
    ) -> Sequence[Count]:
        self._work()
        self.seen |= seen
        return [self._counted(addition) for addition in additions]

    def _counted(self, addition: Addition) -> Count:
        place = (addition.owner, addition.kind)
        old = self.counts.get(place)
        slack, span = addition.slack, addition.span
        if old is None or not old.began - span <= addition.began <= old.began + slack:
            self.counts[place] = Count(*place, addition.began, addition.first)
        else:
            self.counts[place] = Count(*place, old.began, old.total + addition.more)
        return self.counts[place]

    def _work(self) -> None:
        if self.broken:
            raise ApiError(Kind.INTERNAL, "The database failed.")


def regrant(**said: Any) -> Callable[[ClientKey], ClientKey]:
    return lambda key: replace(key, grants=changed(key.grants, said))
