"""How much was used in a window: in this process, and by all of them as far as that is known.

Nothing here grows with time: a counter holds one window, and the next one takes its place.
"""

from collections.abc import Iterable

from msgspec import Struct

WEEK = "week:"
"""Begins the kind of a counter of a plan's week; the label of an account follows."""

BASE = "base:"
"""As ``WEEK``, for how full the week was when counting began."""

EVERYBODY = "*"
"""The owner of counters that count for all."""

_WEEK_SPAN = 604_800

_SLACK = 86_400
"""Seconds; the backend tells the same end of a week differently by a few."""


class Addition(Struct, frozen=True):
    """What a process has to add to a shared counter.

    Attributes:
        owner: Id of the key, or whatever else is counted for.
        kind: Which of its counters.
        began: What identifies the window, in Unix seconds.
        slack: Seconds by which windows may differ and still be the same.
        first: The amount, if the window is new there.
        more: The amount otherwise.
        span: Length of a window in seconds. One that begins earlier than what is counted there by
            more than that is new, too: the clock was set back.
    """

    owner: str
    kind: str
    began: int
    slack: int
    first: int
    more: int
    span: int


class Count(Struct, frozen=True):
    """What a shared counter says; fields as in ``Addition``."""

    owner: str
    kind: str
    began: int
    total: int


class Counter:
    """One counter.

    Args:
        span: Length of a window in seconds.
        slack: Seconds by which windows may differ and still be the same.
        once: Whether only the first amount of a window counts.
    """

    __slots__ = ("_began", "_once", "_own", "_shared", "_slack", "_span")

    def __init__(self, span: int, slack: int = 0, *, once: bool = False) -> None:
        self._span = span
        self._slack = slack
        self._once = once
        self._began = 0
        self._own = 0
        self._shared = 0

    def used(self, began: int) -> int:
        """The amount in a window."""
        return 0 if self._is_new(began) else self._shared + self._own

    def add(self, amount: int, began: int) -> bool:
        """Count an amount; whether that changed anything."""
        if self._is_new(began):
            self._began, self._own, self._shared = began, 0, 0
        elif self._once:
            return False
        self._own += amount
        return True

    def take(self, owner: str, kind: str) -> Addition:
        """What others do not know of yet; from now on it counts as known."""
        own, self._own = self._own, 0
        self._shared += own
        more = 0 if self._once else own
        return Addition(owner, kind, self._began, self._slack, own, more, self._span)

    def put_back(self, addition: Addition) -> None:
        """Take an addition back that did not get through."""
        if addition.began == self._began:
            self._shared -= addition.first
            self._own += addition.first

    def learn(self, count: Count) -> None:
        """Take in what all processes have counted."""
        if self._is_new(count.began):
            self._began, self._own = count.began, 0
        if count.began >= self._began - self._slack:
            self._shared = count.total

    def _is_new(self, began: int) -> bool:
        """Whether a window takes the place of the one that is counted.

        A slightly earlier one does not: its requests come late. A much earlier one does, as its
        future cannot have been: it was counted before the clock was set back.
        """
        return not self._began - self._span <= began <= self._began + self._slack


class Books:
    """All counters of this process, and which of them have something to tell."""

    def __init__(self) -> None:
        self._counters: dict[str, dict[str, Counter]] = {}
        self._changed: set[tuple[str, str]] = set()
        self._seen: dict[str, int] = {}

    def counter(self, owner: str, kind: str) -> Counter:
        """A counter, which is made if it is new."""
        kinds = self._counters.setdefault(owner, {})
        counter = kinds.get(kind)
        if counter is None:
            counter = kinds[kind] = _made(kind)
        return counter

    def changed(self, owner: str, kind: str) -> None:
        """A counter has something to tell."""
        self._changed.add((owner, kind))

    def see(self, owner: str, moment: int) -> None:
        """A key was used."""
        self._seen[owner] = moment

    def take(self) -> tuple[list[Addition], dict[str, int]]:
        """All that others do not know of yet: amounts, and when keys were last used."""
        changed, self._changed = self._changed, set()
        seen, self._seen = self._seen, {}
        known = self._counters
        additions = [
            known[owner][kind].take(owner, kind)
            for owner, kind in changed
            if kind in known.get(owner, ())
        ]
        return additions, seen

    def put_back(self, additions: Iterable[Addition], seen: dict[str, int]) -> None:
        """What was taken did not get through."""
        self._seen = seen | self._seen
        for addition in additions:
            counter = self._counters.get(addition.owner, {}).get(addition.kind)
            if counter is not None:
                counter.put_back(addition)
                self._changed.add((addition.owner, addition.kind))

    def learn(self, counts: Iterable[Count]) -> None:
        """Take in what all processes have counted."""
        for count in counts:
            self.counter(count.owner, count.kind).learn(count)

    def forget(self, owner: str) -> None:
        """There is no such key any more."""
        self._counters.pop(owner, None)
        self._seen.pop(owner, None)


def _made(kind: str) -> Counter:
    if kind.startswith((BASE, WEEK)):
        return Counter(_WEEK_SPAN, _SLACK, once=kind.startswith(BASE))
    return Counter(int(kind.rpartition("/")[2]))
