"""docs/conformance.md tells what the tests know."""

import re
from pathlib import Path

from tests.conformance.differences import BEYOND, MENDED

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = re.split(r"^#+ ", PAGE.split(f" {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[
        0
    ]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_difference_from_the_schema_is_told() -> None:
    told = {
        (schema.strip("`"), field.strip("` "))
        for schema, fields, _ in rows("Where we part from it")
        for field in fields.split(",")
    }
    beyond = {(one.schema, one.field) for one in BEYOND}
    mended = {(one.schema, one.field) for one in MENDED}
    assert told == beyond | mended
