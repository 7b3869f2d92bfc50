"""Figures as Markdown, and into a page."""

from pathlib import Path
from typing import Any

import pytest

from bench.figures import OURS
from bench.table import BEGIN, END, grid, number, report, write_between
from tests.bench.test_figures import result

DASH = "–"  # noqa: RUF001 (as typeset)

ABOUT = {
    "date": "1 May 2026",
    "machine": "2 cores",
    "versions": {"Python": "3.11"},
    "runs": 3,
    "seconds": 2.0,
    "load": 0.5,
}


def run(**parts: Any) -> dict[str, Any]:
    return {"about": ABOUT, "missing": [], **parts}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, DASH),
        (0.123, "0.12"),
        (12.34, "12.3"),
        (-12.34, "-12.3"),
        (123.4, "123"),
        (12345.6, "12,346"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert number(value) == text


def test_a_grid() -> None:
    assert grid(["a", "b"], [["1", "2"]]) == "| a | b |\n|---|---|\n| 1 | 2 |"


def test_a_workload_tells_how_many_times_as_much_as_ours_a_peer_takes() -> None:
    works = {"burst20": {OURS: [result(100)], "ChatMock": [result(2500)], "odd": [result(None)]}}
    text = report(run(works=works))

    assert f"| {OURS} | 100 | 5.00 | 10.0 |" in text
    assert "| ChatMock | 2,500 | 125 |" in text
    assert text.count("| 25.0 |") == 1
    assert f"| odd | {DASH} | {DASH} |" in text
    assert "1/18.0 ChatMock | 1/25.0 ChatMock | yes |" in text


def test_lateness_is_told_of_paced_work() -> None:
    assert "first delta late" in report(run(works={"paced": {OURS: [result(100)]}}))
    assert "first delta late" not in report(run(works={"single": {OURS: [result(100)]}}))


def test_bodies_in_megabytes_a_second_of_cpu() -> None:
    stages = {"parse": 1.0, "to_upstream": 0.5, "prepare": 0.1, "encode": 0.4, "MB/s": 500.0}
    works = {"talk": {OURS: [result(5000)]}}
    text = report(run(bodies={"chat": stages}, sizes={"talk": 1_000_000}, works=works))

    assert "| chat | 1.00 | 0.50 | 0.10 | 0.40 | 500 |" in text
    assert f"| {OURS} | talk | 1,000,000 | 5,000 | 200 |" in text


def test_cost_by_streams() -> None:
    from_one = {"delta_us": 90.0, "late_p50": 0.1, "late_p99": 0.5, "late_max": None, "failed": 0}
    text = report(run(streams={"1,000": from_one}))

    assert f"| 1,000 | 90.0 | 0.10 | 0.50 | {DASH} | 0 |" in text


def test_growth() -> None:
    of = {
        "1": {"us": 100.0, "rps": 900.0, "failed": 0},
        "100": {"us": 101.0, "rps": 890.0, "failed": 2},
    }
    text = report(run(growth={"keys": of}))

    assert "| keys | 100 | 101 | 900 | 890 | 2 |" in text


def test_what_is_missing_is_named() -> None:
    assert "Not measured: ChatMock: pip failed." in report(
        {**run(), "missing": ["ChatMock: pip failed"]}
    )


def test_a_page_is_written_between_its_markers_as_often_as_one_likes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    for _ in range(2):
        write_between(page, "new")

    assert page.read_text() == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("mine")

    with pytest.raises(ValueError, match="no lines"):
        write_between(page, "new")
    assert page.read_text() == "mine"
