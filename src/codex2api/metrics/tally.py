"""Counts of requests that are over: sums and distributions, and nothing of a single one.

One look-up and a few additions a request. What the counts are called, and which labels they get,
is decided when they are read.
"""

from bisect import bisect_left
from typing import TypeAlias

from msgspec import Struct, field

from codex2api.ledger.calls import EndedCall

FIRST_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 60.0, 120.0)
"""Seconds until the first part of an answer; a model that reasons hard takes minutes."""

TOTAL_BOUNDS = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0)
"""Seconds of a whole answer."""

SPEED_BOUNDS = (5.0, 10.0, 20.0, 30.0, 40.0, 60.0, 80.0, 120.0, 160.0, 240.0, 480.0, 960.0)
"""Tokens of output a second."""

SILENCE_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds; a keepalive comes after 15, and an answer is given up after 300."""

_MOST_GROUPS = 1000
"""Some two megabytes. Further combinations are counted without key, model and code."""

OTHER = "other"
"""In the place of names for which there is no room."""

_BRIEF = 0.05
"""Seconds; what was said in less says nothing about speed."""


class Spread(Struct):
    """How values are distributed.

    Attributes:
        counts: How many lie in each interval; the last one has no upper bound.
        total: Their sum.
    """

    counts: list[int]
    total: float = 0.0


def _spread(bounds: tuple[float, ...]) -> Spread:
    return Spread([0] * (len(bounds) + 1))


class Group(Struct):
    """Calls that are alike, added up.

    Attributes:
        read: Tokens of input, ``cached`` among them.
        written: Tokens of output, ``reasoned`` among them.
    """

    calls: int = 0
    read: int = 0
    cached: int = 0
    written: int = 0
    reasoned: int = 0
    first: Spread = field(default_factory=lambda: _spread(FIRST_BOUNDS))
    total: Spread = field(default_factory=lambda: _spread(TOTAL_BOUNDS))
    speed: Spread = field(default_factory=lambda: _spread(SPEED_BOUNDS))
    silence: Spread = field(default_factory=lambda: _spread(SILENCE_BOUNDS))


Alike: TypeAlias = tuple[str, str | None, str | None, int, bool, str | None]
"""Route, model, name of the key, status, whether it was streamed, code of the failure."""

Answered: TypeAlias = tuple[str, int, str | None]
"""Route, status and code of a request that asked no model, or was not let in."""


class Counts(Struct):
    """All that one process has counted."""

    calls: dict[Alike, Group] = field(default_factory=dict)
    answers: dict[Answered, int] = field(default_factory=dict)


class Tally:
    """Counts.

    Attributes:
        counts: So far; not to be changed by readers.
        seen: How many requests; another number whenever something was counted.
    """

    def __init__(self) -> None:
        self.counts = Counts()
        self.seen = 0

    def record(self, call: EndedCall) -> None:
        """Count a call of a model (a ``ledger.ports.Record``)."""
        alike = (
            call.route,
            call.model,
            call.key_name,
            call.status,
            call.streamed,
            call.error,
        )
        group = self.counts.calls.get(alike)
        if group is None:
            group = self._new_group(alike)
        self.seen += 1
        group.calls += 1
        seconds = call.total_ms / 1000
        total = group.total
        total.counts[bisect_left(TOTAL_BOUNDS, seconds)] += 1
        total.total += seconds
        if call.first_ms is not None:
            _count_first(group, call, call.first_ms / 1000, seconds)
        if call.input_tokens is not None:
            group.read += call.input_tokens
            group.cached += call.cached_tokens or 0
        if call.silence_ms is not None:
            silence = call.silence_ms / 1000
            group.silence.counts[bisect_left(SILENCE_BOUNDS, silence)] += 1
            group.silence.total += silence

    def answered(self, route: str, status: int, error: str | None) -> None:
        """Count any other request.

        Args:
            route: One of few: not what the caller wrote.
            status: Of its answer.
            error: One of ours.
        """
        answers, key = self.counts.answers, (route, status, error)
        answers[key] = answers.get(key, 0) + 1
        self.seen += 1

    def _new_group(self, alike: Alike) -> Group:
        groups = self.counts.calls
        if len(groups) >= _MOST_GROUPS:
            route, model, key, status, streamed, error = alike
            alike = (
                route,
                model and OTHER,
                key and OTHER,
                status,
                streamed,
                error and OTHER,
            )
        return groups.setdefault(alike, Group())


def _count_first(group: Group, call: EndedCall, first: float, seconds: float) -> None:
    """Count what only an answer that has begun can tell."""
    spread = group.first
    spread.counts[bisect_left(FIRST_BOUNDS, first)] += 1
    spread.total += first
    written = call.output_tokens
    if written is None:
        return
    group.written += written
    group.reasoned += call.reasoning_tokens or 0
    took = seconds - first
    if call.streamed and written and took >= _BRIEF:
        speed = written / took
        group.speed.counts[bisect_left(SPEED_BOUNDS, speed)] += 1
        group.speed.total += speed
