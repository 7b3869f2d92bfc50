"""Pages about safety name proofs that exist."""

import re
from pathlib import Path

import pytest

from tests.reference import DOCS, ROOT

TESTS = ROOT / "tests"
FAULTS = (DOCS / "faults.md").read_text("utf-8")
ROWS = {int(number) for number in re.findall(r"^\| (\d+) \|", FAULTS, re.MULTILINE)}


def rows_named(text: str) -> set[int]:
    """The rows of a list like ``7 to 16, 23``."""
    found: set[int] = set()
    for first, last in re.findall(r"\b(\d+)(?: to (\d+))?", text):
        found |= set(range(int(first), int(last or first) + 1))
    return found


def test_there_are_rows() -> None:
    assert {1, 113} <= ROWS


@pytest.mark.parametrize("page", ["threat-model.md", "reliability.md"])
def test_rows_of_the_faults_exist(page: str) -> None:
    text = (DOCS / page).read_text("utf-8")
    proofs = re.findall(r"\*Rows ([^*.;]+)", text)
    proofs += [cell for cell in re.findall(r"\| ([^|]+) \|$", text, re.MULTILINE) if "py" in cell]
    proofs += re.findall(r"\| (\d[\d, to]*) \|$", text, re.MULTILINE)
    named = set().union(*(rows_named(re.sub(r"`[^`]+`", "", proof)) for proof in proofs))
    assert len(named) > 20
    assert named <= ROWS


def test_tests_that_are_named_exist() -> None:
    text = (DOCS / "threat-model.md").read_text("utf-8")
    named = re.findall(r"`((?:[a-z]+/)?test_\w+\.py|auth/|store/)`", text)
    assert len(named) > 8
    assert [name for name in named if not Path(TESTS / name).exists()] == []
