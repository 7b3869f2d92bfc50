"""The fault matrix: complete, described as it is, and survived."""

import sys
from pathlib import Path

import pytest

from faults import page, report
from faults.rows import ROWS
from faults.stage import house

ROOT = Path(__file__).parents[2]
MATRIX = range(1, 114)

PARTS = [range(1, 29), range(29, 45), range(45, 64), range(64, 81), range(81, 114)]
"""A house each, so that no single test takes long."""


def test_every_row_of_the_matrix_is_accounted_for() -> None:
    assert [row.number for row in ROWS] == list(MATRIX)
    assert {number for part in PARTS for number in part} == set(MATRIX)
    for row in ROWS:
        assert row.fault, row.number
        assert row.sees, row.number
        assert (row.play is None) == bool(row.elsewhere), row.number


def test_rows_that_are_played_elsewhere_are() -> None:
    for row in ROWS:
        assert not row.elsewhere or (ROOT / row.elsewhere).is_file(), row.number


def test_the_page_shows_the_rows_as_they_are() -> None:
    text = page.PAGE.read_text("utf-8")
    assert page.with_table(text) == text
    assert page.table() in text


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part[0]}-{part[-1]}")
async def test_rows_that_do_not_take_long_are_survived(part: range, tmp_path: Path) -> None:
    rows = [row for row in ROWS if row.number in part and not row.slow]
    async with house(tmp_path, part) as shared:
        outcomes = [outcome async for outcome in report.play_all(shared, rows)]

    assert [each.line() for each in outcomes if each.verdict == report.FAILED] == []
    assert len(outcomes) == len(rows)
    assert shared.tally.server_errors == []
