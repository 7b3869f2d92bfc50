"""JSON as it goes over the wire."""

import pytest
from hypothesis import given, strategies as st

from codex2api.protocol import json


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[1e999]", '"\\ud800"', b'"\xff"', "[" * 100_000, "1 2"]
)
def test_what_is_not_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        json.decode(text)


@given(st.dictionaries(st.text(), st.integers(-(2**53), 2**53) | st.text() | st.none()))
def test_values_survive(value: dict[str, json.Json]) -> None:
    assert json.decode(json.encode(value)) == value


def test_encoding_is_compact_and_utf8() -> None:
    assert json.encode({"a": ["ä", None]}) == '{"a":["ä",null]}'.encode()


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", "1", "null", '{"a":', "[" * 100_000])
def test_anything_but_an_object_is_an_empty_object(text: str) -> None:
    assert json.lenient_object(text) == {}


def test_an_object_is_itself() -> None:
    assert json.lenient_object(' {"a": [1]} ') == {"a": [1]}
