"""Pasted addresses, in all the ways people paste."""

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from codex2api.auth.returned import Returned, read_returned
from codex2api.errors import ApiError, Kind

WHOLE = "http://localhost:1455/auth/callback?code=ac_1&state=s1&scope=openid"


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"  {WHOLE}\n",
        f'"{WHOLE}"',
        f"<{WHOLE}>",
        "?code=ac_1&state=s1",
        "code=ac_1&state=s1",
        "localhost:1455/auth/callback?code=ac_1&state=s1",
        "http://127.0.0.1:1457/auth/callback#code=ac_1&state=s1",
    ],
)
def test_whole_address_or_query(text: str) -> None:
    assert read_returned(text) == Returned("s1", code="ac_1")


def test_a_bare_code_needs_a_known_state() -> None:
    assert read_returned("ac_1", "s1") == Returned("s1", code="ac_1")
    assert read_returned("code=ac_1", "s1") == Returned("s1", code="ac_1")
    with pytest.raises(ApiError):
        read_returned("ac_1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "hello world",
        "https://example.org/",
        "a=b",
        "x" * 20000,
        "a=b&" * 60,
        "http://[x?code=1&state=s",
    ],
)
def test_anything_else_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ApiError) as failure:
        read_returned(text, "s1" if text.strip() else None)
    assert failure.value.kind is Kind.BAD_REQUEST


@given(st.text(max_size=80))
def test_nothing_breaks_it(text: str) -> None:
    with suppress(ApiError):
        assert isinstance(read_returned(text, "s1"), Returned)


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("error=access_denied&state=s", "access_denied", "declined"),
        (
            "error=access_denied&error_description=missing_codex_entitlement+x&state=s",
            "missing_codex_entitlement",
            "no Codex seat",
        ),
        ("error=server_error&state=s", "denied", "server_error"),
        ("error=%3Cscript%3E&state=s", "denied", "unknown error"),
    ],
)
def test_denials_are_explained(query: str, code: str, words: str) -> None:
    with pytest.raises(ApiError) as failure:
        read_returned(query).accepted_code()
    assert failure.value.code == code
    assert words in failure.value.message


def test_a_state_without_a_code_is_told() -> None:
    with pytest.raises(ApiError, match="no code"):
        Returned("s").accepted_code()
