"""Writes the table of docs/faults.md from the rows themselves: ``make docs``."""

import re
from pathlib import Path

from faults.rows import ROWS
from faults.stage import Row

PAGE = Path(__file__).parents[1] / "docs" / "faults.md"

_TABLE = re.compile(r"(?<=<!-- rows -->\n).*?(?=<!-- end of rows -->)", re.DOTALL)


def table() -> str:
    """The rows in Markdown."""
    head = "| # | fault or attack | what the user sees | played |\n|---|---|---|---|\n"
    return head + "".join(_line(row) for row in ROWS)


def with_table(page: str) -> str:
    """The page with the table as it is now."""
    return _TABLE.sub(lambda _: table(), page)


def _line(row: Row) -> str:
    here = "by itself" if row.alone else "beside others"
    where = f"`{row.elsewhere}`" if row.play is None else here
    return f"| {row.number} | {row.fault} | {row.sees} | {where} |\n"


def main() -> None:
    """Write it."""
    PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
