"""Figures out of results, and how they stand to each other; pure."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OURS = "codex2api"


@dataclass(frozen=True)
class Goal:
    """A limit on our figure: a number, or a multiple of a peer's figure in the same run.

    Attributes:
        work: The workload.
        figure: Which of its figures.
        most: The limit.
        of: The peer; empty for a plain number.
        ours: Our target, where it is not the usual one.
    """

    work: str
    figure: str
    most: float
    of: str = ""
    ours: str = OURS


TLS = f"{OURS}, TLS upstream"
NGINX = "nginx (passes on)"

GOALS = (
    Goal("burst20", "us", 1 / 18, "ChatMock"),
    Goal("burst20", "us", 1 / 100, "codex-lb"),
    Goal("burst20", "us", 1 / 35, "openai-oauth"),
    Goal("burst20", "us", 1 / 180, "LiteLLM"),
    Goal("burst20", "us", 1 / 13, "Portkey"),
    Goal("burst20", "us", 5, NGINX),
    Goal("burst1000", "us", 1 / 13, "ChatMock"),
    Goal("burst1000", "us", 4, NGINX),
    Goal("paced", "us", 1 / 3, "ChatMock"),
    Goal("paced", "us", 2.5, NGINX),
    Goal("paced", "late_max", 5),
    Goal("whole", "us", 1 / 20, "ChatMock"),
    Goal("responses", "us", 1 / 13, "ChatMock"),
    Goal("single", "added", 0.5),
    Goal("single", "added", 0.7, ours=TLS),
)
"""CPU is compared as a ratio inside one run, times are milliseconds."""


@dataclass(frozen=True)
class Reached:
    """A goal with our figure beside it, in the goal's own terms."""

    goal: Goal
    value: float

    @property
    def is_met(self) -> bool:
        return self.value <= self.goal.most


def summary(results: Sequence[Mapping[str, Any]], deltas: int) -> dict[str, float | None]:
    """Medians over the runs of one workload; the worst lateness and all failures."""
    figures = {
        name: _median(results, name)
        for name in ("us", "rps", "ttft_p50", "ttft_p99", "total_p50", "late_p50", "late_p99")
    }
    late = [each["late_max"] for each in results if each.get("good")]
    figures["late_max"] = max(late) if late else None
    figures["delta_us"] = None if figures["us"] is None else figures["us"] / deltas
    figures["failed"] = sum(each["bad"] for each in results)
    return figures


def reached(works: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> list[Reached]:
    """Every goal that this run can speak of: both sides of it were measured."""
    found = []
    for goal in GOALS:
        value = _value(works.get(goal.work, {}), goal)
        if value is not None:
            found.append(Reached(goal, value))
    return found


def _value(figures: Mapping[str, Mapping[str, float | None]], goal: Goal) -> float | None:
    ours = figures.get(goal.ours, {})
    if goal.figure == "added":
        return _difference(ours.get("ttft_p50"), figures.get("direct", {}).get("ttft_p50"))
    own = ours.get(goal.figure)
    if not goal.of:
        return own
    theirs = figures.get(goal.of, {}).get(goal.figure)
    return own / theirs if own is not None and theirs else None


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _median(results: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """Where no answer ended in time, only its CPU counts, and that if any ended at all."""
    values = [
        each[name]
        for each in results
        if each.get(name) is not None and (each["good"] or name == "us")
    ]
    return statistics.median(values) if values else None
