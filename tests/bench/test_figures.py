"""Figures out of results, and goals out of figures."""

from typing import Any

import pytest

from bench.figures import NGINX, OURS, TLS, reached, summary


def result(us: float | None, **others: Any) -> dict[str, Any]:
    figures = {"rps": 10.0, "bad": 0, "good": 5, "ttft_p50": 1.0, "ttft_p99": 2.0}
    late = {"total_p50": 3.0, "late_p50": 0.1, "late_p99": 0.2, "late_max": 0.3}
    return {"us": us, **figures, **late, **others}


def test_medians_of_the_runs_the_worst_lateness_and_all_failures() -> None:
    runs = [result(100, late_max=1.5), result(400, bad=2), result(200, bad=1)]
    figures = summary(runs, deltas=20)

    assert figures["us"] == 200
    assert figures["delta_us"] == 10
    assert figures["late_max"] == 1.5
    assert figures["failed"] == 3


def test_a_run_in_which_nothing_ended_in_time_counts_by_its_cpu_alone() -> None:
    slow = result(300, good=0, ttft_p50=-1.0, rps=0.0)
    figures = summary([slow, slow], deltas=20)

    assert figures["us"] == 300
    assert (figures["ttft_p50"], figures["rps"], figures["late_max"]) == (None, None, None)


def test_a_run_in_which_nothing_ended_at_all() -> None:
    figures = summary([result(None, good=0)], deltas=20)

    assert (figures["us"], figures["delta_us"]) == (None, None)


def test_goals_are_ratios_inside_one_run() -> None:
    works = {"burst20": {OURS: {"us": 100.0}, "ChatMock": {"us": 2000.0}, NGINX: {"us": 10.0}}}
    found = {each.goal.of: each for each in reached(works)}

    assert set(found) == {"ChatMock", NGINX}
    assert found["ChatMock"].value == pytest.approx(1 / 20)
    assert found["ChatMock"].is_met
    assert found[NGINX].value == 10
    assert not found[NGINX].is_met


def test_what_we_add_to_the_first_token_is_told_beside_a_direct_call() -> None:
    times = {"direct": 0.1, OURS: 0.5, TLS: 0.9}
    works = {"single": {name: {"ttft_p50": time} for name, time in times.items()}}

    assert [(each.value, each.is_met) for each in reached(works)] == [
        (pytest.approx(0.4), True),
        (pytest.approx(0.8), False),
    ]


def test_without_the_other_side_nothing_is_said() -> None:
    assert reached({"burst20": {OURS: {"us": 100.0}}, "single": {OURS: {"ttft_p50": 1.0}}}) == []
