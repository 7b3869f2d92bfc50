"""What one process knows at a moment, and how several processes become one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from msgspec import Struct, field

from codex2api.metrics.tally import Counts, Group, Spread

Named: TypeAlias = tuple[str, ...]
"""The name of a metric, and the values of its labels."""

NameT = TypeVar("NameT", bound=tuple[object, ...])


@dataclass(frozen=True, slots=True)
class Busy:
    """What goes on at a moment.

    Attributes:
        requests: Under way, streams among them.
        streams: Answers that come in parts.
        sockets: WebSockets that are open, at work or not.
    """

    requests: int
    streams: int
    sockets: int


class WindowNow(Struct, frozen=True):
    """One limit window of an account.

    Attributes:
        used: 0 to 1, sometimes beyond.
        resets_at: In Unix seconds, where that is known.
        as_of: When the backend said so, in Unix seconds.
    """

    family: str
    name: str
    used: float
    resets_at: float | None
    as_of: float


class AccountNow(Struct, frozen=True):
    """One account, by its label and nothing else.

    Attributes:
        state: One of ``STATES``.
    """

    label: str
    state: str
    windows: tuple[WindowNow, ...] = ()


class Snapshot(Struct):
    """What is known at a moment.

    Attributes:
        pids: Of the processes that this is from.
        counts: Of requests.
        sums: Whatever else only grows.
        levels: What goes up and down.
        accounts: As they stand; every process has its own view.
        models: Names that a backend's model may be told by.
    """

    pids: tuple[int, ...] = ()
    counts: Counts = field(default_factory=Counts)
    sums: dict[Named, float] = field(default_factory=dict)
    levels: dict[Named, float] = field(default_factory=dict)
    accounts: tuple[AccountNow, ...] = ()
    models: frozenset[str] = frozenset()


def together(snapshots: Iterable[Snapshot]) -> Snapshot:
    """The sum of several processes."""
    whole = Snapshot()
    for one in snapshots:
        whole.pids += one.pids
        for alike, group in one.counts.calls.items():
            _add_group(whole.counts.calls.setdefault(alike, Group()), group)
        _add_each(whole.counts.answers, one.counts.answers)
        _add_each(whole.sums, one.sums)
        _add_each(whole.levels, one.levels)
        whole.accounts = _newest(whole.accounts, one.accounts)
        whole.models |= one.models
    return whole


def only_what_grew(snapshot: Snapshot) -> Snapshot:
    """What remains of a process that has ended."""
    return Snapshot(counts=snapshot.counts, sums=snapshot.sums)


ValueT = TypeVar("ValueT", int, float)


def _add_each(to: dict[NameT, ValueT], more: dict[NameT, ValueT]) -> None:
    for name, value in more.items():
        to[name] = to.get(name, 0) + value


def _add_group(to: Group, more: Group) -> None:
    to.calls += more.calls
    to.read += more.read
    to.cached += more.cached
    to.written += more.written
    to.reasoned += more.reasoned
    for ours, theirs in (
        (to.first, more.first),
        (to.total, more.total),
        (to.speed, more.speed),
        (to.silence, more.silence),
    ):
        add_spread(ours, theirs)


def add_spread(to: Spread, more: Spread) -> None:
    """Add a distribution to another one with the same bounds."""
    to.counts = [ours + theirs for ours, theirs in zip(to.counts, more.counts, strict=True)]
    to.total += more.total


STATES = ("active", "paused", "limited", "consent_required", "sign_in_required")
"""Of an account, as the pool names them; the more a state asks of people, the later it stands."""


def _newest(known: tuple[AccountNow, ...], told: tuple[AccountNow, ...]) -> tuple[AccountNow, ...]:
    """Each account once: the worst state that a process knows, the news of each window."""
    accounts = {account.label: account for account in known}
    for account in told:
        other = accounts.get(account.label)
        accounts[account.label] = account if other is None else _joined(other, account)
    return tuple(accounts[label] for label in sorted(accounts))


def _joined(one: AccountNow, other: AccountNow) -> AccountNow:
    windows: dict[tuple[str, str], WindowNow] = {}
    for window in sorted((*one.windows, *other.windows), key=lambda each: each.as_of):
        windows[window.family, window.name] = window
    state = max(one.state, other.state, key=STATES.index)
    return AccountNow(one.label, state, tuple(windows[name] for name in sorted(windows)))
