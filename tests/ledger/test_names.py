"""What may be written down of what callers send."""

import re

import pytest
from hypothesis import given, strategies as st

from codex2api.ledger.names import client_of, name_or_odd


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("OpenAI/Python 3.54.0", "OpenAI/Python 3.54.0"),
        ("AsyncOpenAI/Python 2.8.1", "AsyncOpenAI/Python 2.8.1"),
        ("OpenAI/JS 6.9.1", "OpenAI/JS 6.9.1"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("codex_cli_rs/0.160.0 (Ubuntu 24.4.0; x86_64) xterm-256color", "codex_cli_rs/0.160.0"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "Mozilla/5.0"),
        ("ai/5.0.93 ai-sdk/provider-utils/3.0.17", "ai/5.0.93"),
        ("llm", "llm"),
        ("My app, written for anne@example.org", "My"),
        ("anne@example.org", None),
        ("app/anne@example.org", None),
        ("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl", None),
        ("sk-codex2api-0123456789abcdef0123456789abcdef", None),
        ("", None),
        (None, None),
    ],
)
def test_a_client_is_its_product(sent: str | None, kept: str | None) -> None:
    assert client_of(sent) == kept


@given(st.text() | st.from_regex(r"[\w/.@ -]{1,200}"))
def test_no_user_agent_gets_more_than_a_name_through(sent: str) -> None:
    kept = client_of(sent)
    assert kept is None or (len(kept) <= 64 and re.fullmatch(r"[\w./+-]+( [\w.+-]+)?", kept))


@given(st.text())
def test_no_name_is_a_sentence_or_an_address(sent: str) -> None:
    kept = name_or_odd(sent)
    assert kept in (None, "?") or (kept == sent and re.fullmatch(r"[\w.:/+-]{1,64}", kept))


@pytest.mark.parametrize("sent", ["two words", "anne@example.org", "x" * 65, "naïve", "a\n"])
def test_what_is_no_name_is_not_kept_in_part(sent: str) -> None:
    assert name_or_odd(sent) == "?"


def test_an_ordinary_name_stays() -> None:
    for name in ("gpt-5.5-high", "ft:gpt-4o:acme::abc", "usage_limit_reached", "vendor/model"):
        assert name_or_odd(name) == name
    assert name_or_odd(None) is None
