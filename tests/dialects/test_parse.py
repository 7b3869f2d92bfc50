"""The first step of every dialect: bytes to a request, or an error that says where."""

import pytest
from hypothesis import given, strategies as st

from codex2api.dialects.chat import CHAT
from codex2api.errors import ApiError, Kind


def refusal(body: bytes) -> ApiError:
    with pytest.raises(ApiError) as caught:
        CHAT.parse(body)
    assert caught.value.kind is Kind.BAD_REQUEST
    return caught.value


MESSAGE = b'{"role":"user","content":"hi"}'


@pytest.mark.parametrize("value", [b"1e999", b"[1e999]", b'"\xff"'])
@pytest.mark.parametrize("name", ["dream", "max_output_tokens"])
def test_what_no_value_can_hold_is_refused_where_it_would_be_dropped(
    name: str, value: bytes
) -> None:
    body = b'{"model":"m","messages":[%b],"%b":%b}' % (MESSAGE, name.encode(), value)
    assert refusal(body).param == name


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"hello",
        b"\xff\xfe",
        b"\x00",
        b"model=gpt",
        b'{"model":"m","messages":[' + MESSAGE + b"]",
        b'{"model":"m","messages":[' + MESSAGE + b"]}}",
        b'{"model":"m","messages":[' + MESSAGE + b'],"temperature":NaN}',
        b'{"model":"m","messages":[' + MESSAGE + b'],"temperature":Infinity}',
        b'{"model":"m","messages":[{"role":"user","content":"\\ud800"}]}',
        b'{"model":"m","messages":[{"role":"user","content":"\xff"}]}',
        b'{"model":"m","messages":[' + MESSAGE + b'],"unheard_of":\xff}',
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    assert "not valid JSON" in refusal(body).message


@pytest.mark.parametrize("body", [b"[]", b"null", b"5", b'"x"', b"true"])
def test_what_is_not_an_object_is_refused(body: bytes) -> None:
    error = refusal(body)

    assert (error.param, error.code) == (None, "invalid_value")


@pytest.mark.parametrize("place", [b'"messages":', b'"unheard_of":', b'"tools":[{"a":'])
def test_endless_nesting_is_refused(place: bytes) -> None:
    for end in (b"", b"]" * 100_000):
        error = refusal(b'{"model":"m",' + place + b"[" * 100_000 + end)

        assert "nested" in error.message


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{}", "model"),
        (b'{"model":"m"}', "messages"),
        (b'{"messages":[' + MESSAGE + b"]}", "model"),
        (b'{"model":"m","messages":[{"content":"hi"}]}', "messages[0].role"),
    ],
)
def test_what_is_missing_is_named(body: bytes, param: str) -> None:
    error = refusal(body)

    assert (error.param, error.code) == (param, "missing_required_parameter")
    assert error.message == f"Missing required parameter: '{param}'."


def test_what_is_wrong_is_named() -> None:
    error = refusal(b'{"model":"m","messages":[' + MESSAGE + b'],"n":"two"}')

    assert (error.param, error.code) == ("n", "invalid_value")
    assert error.message == "Invalid value for 'n': Expected int | null, got str."


def test_a_key_of_a_free_form_object_does_not_reach_the_param() -> None:
    error = refusal(b'{"model":"m","messages":[' + MESSAGE + b'],"metadata":{"a":{}}}')

    assert error.param == "metadata"


def test_a_good_request_comes_with_its_survey() -> None:
    parsed = CHAT.parse(b'{"model":"m","messages":[' + MESSAGE + b'],"seed":1,"stream":false}')

    assert parsed.request.model == "m"
    assert (parsed.survey.dropped, parsed.survey.emulated) == (("seed",), ("stream",))


@given(st.binary(max_size=60))
def test_no_bytes_cause_anything_but_a_refusal(body: bytes) -> None:
    refusal(body)


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_an_empty_body_is_called_empty(body: bytes) -> None:
    assert refusal(body).message == "The request body is empty; it has to be a JSON object."
