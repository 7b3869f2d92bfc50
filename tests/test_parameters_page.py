"""``docs/parameters.md`` is what the tables say, and the tables have all that OpenAI publishes."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from codex2api.api.router import DIALECTS
from codex2api.dialects.base import Dialect
from codex2api.dialects.parameters import Fate
from tests.conformance.published import properties_of, request_of

ROOT = Path(__file__).parents[1]
OURS = {
    "/v1/chat/completions": {"reasoning", "input"},
    "/v1/responses": {"client_metadata"},
}
"""Rows that OpenAI does not have: what some clients send all the same."""

every_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)


def writer() -> ModuleType:
    path = ROOT / "scripts" / "write_parameters.py"
    spec = importlib.util.spec_from_file_location("write_parameters", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


def test_the_page_is_current() -> None:
    current = (ROOT / "docs" / "parameters.md").read_text("utf-8")
    assert current == writer().page(DIALECTS), "run `make docs`"


@every_dialect
def test_every_published_parameter_has_a_row(dialect: Dialect[Any]) -> None:
    published = properties_of(request_of(dialect.path))
    assert set(dialect.parameters.rows) - OURS.get(dialect.path, set()) == published


@every_dialect
def test_what_takes_something_away_says_why(dialect: Dialect[Any]) -> None:
    taking = {
        name
        for name, row in dialect.parameters.rows.items()
        if row.fate is not Fate.MAPPED and not row.note
    }
    assert taking == set()
