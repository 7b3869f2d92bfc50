import base64
import binascii

import pytest
from hypothesis import given, settings, strategies as st

from codex2api.dialects.openai_content import check_base64, check_data_url
from codex2api.errors import ApiError, Kind

PARAM = "input[0].content[1].image_url"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.png",
        "HTTP://example.com/a.png",
        "data:image/png;base64,aGk=",
        "data:text/plain;charset=utf-8;base64,aGk=",
        "data:image/svg+xml;base64,aGk=",
    ],
)
def test_web_addresses_and_whole_data_urls_pass(url: str) -> None:
    check_data_url(url, PARAM)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "invalid_value"),
        ("https://", "invalid_value"),
        ("file:///etc/passwd", "invalid_value"),
        ("data:image/png,raw", "invalid_value"),
        ("data:;base64,aGk=", "invalid_value"),
        ("data:image/png;base64,", "invalid_base64"),
        ("data:image/png;base64,%%%%", "invalid_base64"),
        ("data:image/png;base64,aGk", "invalid_base64"),
        ("data:image/png;base64,aGk=aGk=", "invalid_base64"),
        ("data:image/png;base64,é", "invalid_base64"),
    ],
)
def test_anything_else_is_refused_with_its_place(url: str, code: str) -> None:
    with pytest.raises(ApiError) as raised:
        check_data_url(url, PARAM)
    assert (raised.value.kind, raised.value.param, raised.value.code) == (
        Kind.BAD_REQUEST,
        PARAM,
        code,
    )


def test_the_refusal_does_not_quote_the_data() -> None:
    with pytest.raises(ApiError) as raised:
        check_data_url("data:image/png;base64,secret!", PARAM)
    assert "secret" not in raised.value.message


@settings(deadline=None)
@given(st.binary(min_size=1))
def test_whatever_was_encoded_is_base64(data: bytes) -> None:
    check_base64(base64.b64encode(data).decode(), PARAM)
    check_data_url(f"data:image/png;base64,{base64.b64encode(data).decode()}", PARAM)


@settings(deadline=None)
@given(st.text(st.sampled_from("Ab1+/==-é "), max_size=12))
def test_what_the_strict_decoder_refuses_is_refused_and_nothing_else(text: str) -> None:
    try:
        # Python 3.11 takes one padding sign after whole groups ("1111="), which RFC 4648 does not.
        is_good = len(text) % 4 == 0 and bool(binascii.a2b_base64(text, strict_mode=True))
    except ValueError:
        is_good = False
    try:
        check_base64(text, PARAM)
    except ApiError:
        assert not is_good
    else:
        assert is_good
