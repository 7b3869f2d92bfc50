"""A report as CSV (RFC 4180), for spreadsheets and scripts."""

import csv
import io
from typing import Any

from msgspec import structs

from codex2api.ledger.reports import Group, Report

KIND = "text/csv; charset=utf-8; header=present"
"""Its ``Content-Type``."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a spreadsheet recognises a formula. Names are other people's, and stay names."""


def sheet(report: Report) -> str:
    """One line a group, in the report's order, below the names of the columns; no total.

    A cell is empty where nothing is known.
    """
    written = io.StringIO()
    lines = csv.writer(written)  # ends lines with CR LF, as the RFC has it
    lines.writerow(Group.__struct_fields__)
    lines.writerows(map(_cell, structs.astuple(group)) for group in report.groups)
    return written.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
