"""``docs/parameters.md`` is what the tables say, and the tables have all that is published."""

import pytest
from anthropic.types.beta.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.beta.message_create_params import MessageCreateParamsStreaming

from codex2api.api.hot_routes import DIALECTS
from codex2api.dialects.parameters import Fate
from tests.conformance.published import properties_of, requests_of
from tests.parameter_tables import ROOT, TABLES, writer

OURS = {
    "/v1/chat/completions": {"reasoning", "input"},
    "/v1/images/edits": {"response_format"},
    "/v1/messages": {"output_format", "temperature", "top_k", "top_p"},
    "/v1/messages/count_tokens": {"output_format"},
    "/v1/responses": {"client_metadata"},
    "/v1/responses/compact": {"tools", "parallel_tool_calls", "reasoning", "text"},
}
"""Rows that nobody publishes (any more): what some clients send all the same."""

ANTHROPIC = {
    "/v1/messages": MessageCreateParamsStreaming,
    "/v1/messages/count_tokens": MessageCountTokensParams,
}
HEADERS = {"betas", "user_profile_id", "workspace_id"}
"""What Anthropic's SDK takes as parameters and sends as headers."""


def published_for(path: str) -> set[str]:
    if path in ANTHROPIC:
        return set(ANTHROPIC[path].__annotations__) - HEADERS
    return {name for request in requests_of(path) for name in properties_of(request)}


def test_the_page_is_current() -> None:
    current = (ROOT / "docs" / "parameters.md").read_text("utf-8")
    assert current == writer.page(TABLES), "run `make docs`"


def test_every_dialect_has_its_table_on_the_page() -> None:
    assert {dialect.path for dialect in DIALECTS} <= set(TABLES)


@pytest.mark.parametrize("path", TABLES)
def test_every_published_parameter_has_a_row(path: str) -> None:
    published = published_for(path)
    assert set(TABLES[path].rows) - OURS.get(path, set()) == published - OURS.get(path, set())


@pytest.mark.parametrize("path", TABLES)
def test_what_is_not_simply_mapped_says_why(path: str) -> None:
    silent = {
        name
        for name, row in TABLES[path].rows.items()
        if row.fate is not Fate.MAPPED and not row.note
    }
    assert silent == set()
