"""Secrets are found wherever they stand, and little else is."""

import json

import pytest
from hypothesis import given, strategies as st

from codex2api.protocol.secrets import hide_secrets

WORD = st.text(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=8, max_size=40
)
PART = st.text("abcdefghijkmnpqrstuvwxyz0123456789_-", min_size=8, max_size=40)
JWT = st.tuples(PART, PART, PART).map(lambda parts: f"eyJ{parts[0]}.{parts[1]}.{parts[2]}")
MAIL = st.tuples(WORD, WORD).map(lambda parts: f"{parts[0]}+{parts[1]}@mail.example")

SELF_EVIDENT = JWT | MAIL | st.tuples(st.sampled_from(["rt_", "sk-", "sess-"]), PART).map("".join)
NAMED = st.tuples(
    st.sampled_from(
        [
            *("Authorization: Bearer {}", "authorization: bearer  {}", "AUTHORIZATION: BEARER {}"),
            *(
                "Bearer%20{}",
                "'Authorization': 'Basic {}'",
                '{{"x-api-key": "{}"}}',
                "X-API-Key={}",
            ),
            *("refresh_token={}&a=b", "{{'access_token': '{}'}}", '{{"id_token":"{}"}}'),
            *("Set-Cookie: __cf_bm={}; Path=/", "Cookie: a=b; c={}", "/callback?code={}&state=x"),
        ]
    ),
    WORD,
)
AROUND = st.text("abc \n\t\r\"'\\/:=(){}[]<>,;&%\u2028äé\0", max_size=12)


def escapes(text: str) -> list[str]:
    """The text as it may have been written down before."""
    once = json.dumps({"event": text})
    return [text, once, json.dumps(once), repr(text), text.encode("unicode_escape").decode()]


@given(AROUND, SELF_EVIDENT, AROUND)
def test_a_secret_that_shows_itself(before: str, secret: str, after: str) -> None:
    for text in escapes(f"{before}{' ' if before[-1:].isalnum() else ''}{secret}{after}"):
        assert secret not in hide_secrets(text)


@given(AROUND, NAMED, AROUND)
def test_a_secret_that_its_name_tells(before: str, named: tuple[str, str], after: str) -> None:
    form, secret = named
    for text in escapes(f"{before}{form.format(secret)} {after}")[:2]:
        assert secret not in hide_secrets(text)


@given(AROUND, SELF_EVIDENT, AROUND, NAMED, AROUND)
def test_json_stays_json(
    before: str, secret: str, between: str, named: tuple[str, str], after: str
) -> None:
    text = f"{before}{secret}{between}{named[0].format(named[1])}{after}"
    for line in (json.dumps({"event": text}), json.dumps({"event": text}, ensure_ascii=False)):
        assert set(json.loads(hide_secrets(line))) == {"event"}


@pytest.mark.parametrize(
    "text",
    [
        "No API key was given. Send the header 'Authorization: Bearer KEY'.",
        "total_tokens=12 access_token=None start_index_long task-like-words status code=200",
        "the bearer of this",
        "basic authorization of things",
        "a cookie jar",
        "a@b",
        "x @ y.z",
        "/v1/files/file-0123456789abcdef",
        "req_0123456789abcdef",
        "gpt-5.2-codex-xhigh",
        "gAAAAABencrypted",
        "part_number_seven",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    expected = text.replace("bearer of", "bearer [hidden]")
    assert hide_secrets(text) == expected


def test_twice_is_the_same_as_once() -> None:
    text = "Cookie: a=b\nAuthorization: Bearer abc def\nrefresh_token='abcdef' x-api-key: abcdef"
    once = hide_secrets(text)
    assert hide_secrets(once) == once
    assert once == (
        "Cookie: [hidden]\nAuthorization: Bearer [hidden] def\n"
        "refresh_token='[hidden]' x-api-key: [hidden]"
    )


@pytest.mark.parametrize("before", ["\n", "\u2028", "\\", "\\n", "é" * 70, "\0" * 70 + "n"])
def test_an_address_takes_no_half_of_an_escape_with_it(before: str) -> None:
    line = json.dumps({"event": f"{before}anne@mail.example"})
    assert "anne@mail" not in hide_secrets(line)
    assert set(json.loads(hide_secrets(line))) == {"event"}
