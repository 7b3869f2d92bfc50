"""Which account serves next: values in, a label out.

A conversation that is known to have an account keeps it; that is the pool's business, whatever the
strategy. A strategy says who serves all others.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from codex2api.accounts.ring import Ring

_LEEWAY = 10.0
"""Percent of its window that an account may have used beyond the emptiest one and still get new
conversations: within it the ring decides, so that replicas that know slightly different figures
agree, and equal conversations find a warm cache."""

_BUSIER = 4
"""Calls that an account may serve beyond the idlest one and still get new conversations."""

_OFFERS = 8
"""Accounts that a choice looks at; the best of eight is near enough to the best of thousands."""

_STEPS = 256
"""Points of the ring after which a choice is content with fewer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands.

    Attributes:
        used: Percent used of the window that binds; ``None`` if that is not known.
        resets_at: When that window refills, in Unix seconds; infinite if that is not known.
        lent: How many calls it serves at this moment.
    """

    used: float | None = None
    resets_at: float = float("inf")
    lent: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that wants an account.

    Attributes:
        place: Of its conversation on the ring; ``None`` if it is part of none.
        home: The account that served its conversation before, or one that began alike.
        under_way: Whether the conversation has begun before; ``None`` if that cannot be seen.
        without: Accounts that have failed this call.
    """

    place: str | None = None
    home: str | None = None
    under_way: bool | None = None
    without: AbstractSet[str] = frozenset()


class Field(Protocol):
    """The accounts that there are."""

    @property
    def labels(self) -> Sequence[str]:
        """All of them, in stable order."""

    @property
    def ring(self) -> Ring:
        """All of them."""

    @property
    def version(self) -> int:
        """Another number whenever an account comes, goes, rests or is back."""

    def able(self, label: str) -> bool:
        """Whether an account could serve."""

    def standing(self, label: str) -> Standing:
        """How an account stands."""


class Strategy(Protocol):
    """Says who serves.

    Attributes:
        compares: Whether it makes use of how accounts stand.
    """

    compares: bool

    def choose(self, field: Field, asked: Asked) -> str | None:
        """The label of an able account; ``None`` if there is none."""


class Balanced:
    """New conversations go where most is left, the others where the ring says.

    Within ``_LEEWAY`` all accounts count as equally empty. Among those, a conversation goes to the
    one that served it or its like before, else to the first on the ring; what is no conversation
    goes to the one that refills first, then to the idlest.
    """

    compares = True

    def __init__(self) -> None:
        self._calls = itertools.count()

    def choose(self, field: Field, asked: Asked) -> str | None:
        """As ``Strategy.choose``."""
        if asked.place is None:
            return self._any(field, asked)
        order = field.ring.after(asked.place)
        if asked.under_way and asked.home is None:
            # It was begun here, unless this account was too full then: nobody knows better.
            return _first(field, order, asked)
        if asked.home is not None and field.able(asked.home):
            order = itertools.chain((asked.home,), order)
        return next(iter(_roomy(_offers(field, order, asked))), None)

    def _any(self, field: Field, asked: Asked) -> str | None:
        few = len(field.labels) <= _OFFERS
        order = field.labels if few else field.ring.after(str(next(self._calls)))
        roomy = _roomy(_offers(field, order, asked))
        soonest = min(roomy.items(), key=lambda offer: _urgency(offer[1]), default=None)
        return None if soonest is None else soonest[0]


class FillFirst:
    """The first account serves until its limit is reached, then the next.

    Args:
        order: Labels; the accounts that it does not name follow in their own order.
    """

    compares = False

    def __init__(self, order: Sequence[str] = ()) -> None:
        self._wanted = order
        self._labels: Sequence[str] = ()
        self._order: Sequence[str] = ()
        self._front: str | None = None
        self._version = -1

    def choose(self, field: Field, asked: Asked) -> str | None:
        """As ``Strategy.choose``."""
        if self._version != field.version:
            self._look(field)
        if self._front in asked.without:
            return _first(field, self._order, asked)
        return self._front

    def _look(self, field: Field) -> None:
        """Find the first able account; good until another one rests or is back."""
        if self._labels is not field.labels:
            self._labels = field.labels
            known = frozenset(field.labels)
            named = (label for label in self._wanted if label in known)
            self._order = tuple(dict.fromkeys((*named, *field.labels)))
        self._front = _first(field, self._order, Asked())
        self._version = field.version


class RoundRobin:
    """The accounts take turns."""

    compares = False

    def __init__(self) -> None:
        self._next = 0

    def choose(self, field: Field, asked: Asked) -> str | None:
        """As ``Strategy.choose``."""
        if asked.under_way and asked.place is not None:
            return _first(field, field.ring.after(asked.place), asked)
        labels = field.labels
        for at in range(self._next, self._next + len(labels)):
            label = labels[at % len(labels)]
            if label not in asked.without and field.able(label):
                self._next = at % len(labels) + 1
                return label
        return None


def strategy_named(name: str, order: Sequence[str] = ()) -> Strategy:
    """The strategy of a setting; a pinned account needs none, and gets the usual one."""
    match name:
        case "fill-first":
            return FillFirst(order)
        case "round-robin":
            return RoundRobin()
        case _:
            return Balanced()


def _first(field: Field, order: Iterable[str], asked: Asked) -> str | None:
    for label in order:
        if label not in asked.without and field.able(label):
            return label
    return None


def _offers(field: Field, order: Iterable[str], asked: Asked) -> dict[str, Standing]:
    """The first few able accounts, in order."""
    offers: dict[str, Standing] = {}
    seen: set[str] = set()
    for step, label in enumerate(order):
        if label not in seen:
            seen.add(label)
            if label not in asked.without and field.able(label):
                offers[label] = field.standing(label)
        if len(offers) == _OFFERS or len(seen) == len(field.labels) or (offers and step > _STEPS):
            break
    return offers


def _roomy(offers: Mapping[str, Standing]) -> dict[str, Standing]:
    """Those with about as much left as the emptiest, and about as few calls; in order."""
    least = min((each.used for each in offers.values() if each.used is not None), default=0.0)
    roomy = {
        label: each
        for label, each in offers.items()
        if each.used is None or each.used <= least + _LEEWAY
    }
    idlest = min((each.lent for each in roomy.values()), default=0)
    return {label: each for label, each in roomy.items() if each.lent <= idlest + _BUSIER}


def _urgency(standing: Standing) -> tuple[float, int]:
    """What refills first is used first: the rest of it would be lost."""
    return (standing.resets_at, standing.lent)
