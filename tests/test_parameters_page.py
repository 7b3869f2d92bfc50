"""``docs/parameters.md`` is what the tables say, and the tables have all that OpenAI publishes."""

import pytest

from codex2api.api.router import DIALECTS
from codex2api.dialects.parameters import Fate
from tests.conformance.published import properties_of, requests_of
from tests.parameter_tables import ROOT, TABLES, writer

OURS = {
    "/v1/chat/completions": {"reasoning", "input"},
    "/v1/images/edits": {"response_format"},
    "/v1/responses": {"client_metadata"},
    "/v1/responses/compact": {"tools", "parallel_tool_calls", "reasoning", "text"},
}
"""Rows that OpenAI does not have: what some clients send all the same."""


def test_the_page_is_current() -> None:
    current = (ROOT / "docs" / "parameters.md").read_text("utf-8")
    assert current == writer.page(TABLES), "run `make docs`"


def test_every_dialect_has_its_table_on_the_page() -> None:
    assert {dialect.path for dialect in DIALECTS} <= set(TABLES)


@pytest.mark.parametrize("path", TABLES)
def test_every_published_parameter_has_a_row(path: str) -> None:
    published = {name for request in requests_of(path) for name in properties_of(request)}
    assert set(TABLES[path].rows) - OURS.get(path, set()) == published - OURS.get(path, set())


@pytest.mark.parametrize("path", TABLES)
def test_what_is_not_simply_mapped_says_why(path: str) -> None:
    silent = {
        name
        for name, row in TABLES[path].rows.items()
        if row.fate is not Fate.MAPPED and not row.note
    }
    assert silent == set()
