from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings, strategies as st

from codex2api.protocol.json import encode
from codex2api.simulator.scenarios.instances import instance_of

SCALARS = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 12, "maxLength": 20},
        {"type": "string", "maxLength": 3},
        {"type": "integer", "minimum": 3},
        {"type": "integer", "maximum": -3},
        {"type": "number", "exclusiveMinimum": 1},
        {"type": "integer", "minimum": 4, "multipleOf": 3},
        {"type": "boolean"},
        {"type": "null"},
        {"enum": ["a", 2, None]},
        {"const": {"k": [1]}},
        {"type": ["string", "null"]},
        {},
    ]
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = st.sampled_from("abc")
    return st.one_of(
        st.dictionaries(names, inner).map(
            lambda properties: {
                "type": "object",
                "properties": properties,
                "required": list(properties),
                "additionalProperties": False,
            }
        ),
        inner.map(lambda item: {"type": "array", "items": item, "minItems": 2}),
        st.lists(inner, min_size=1, max_size=3).map(lambda choices: {"anyOf": choices}),
    )


@settings(max_examples=60)
@given(st.recursive(SCALARS, nested, max_leaves=8))
def test_an_instance_fits_its_schema(schema: dict[str, Any]) -> None:
    jsonschema.validate(instance_of(schema), schema)


def test_references_lead_to_definitions() -> None:
    schema = {
        "type": "object",
        "properties": {"who": {"$ref": "#/$defs/person"}},
        "required": ["who"],
        "$defs": {
            "person": {
                "type": "object",
                "properties": {"age": {"type": "integer"}},
                "required": ["age"],
            }
        },
    }

    assert instance_of(schema) == {"who": {"age": 1}}


@pytest.mark.parametrize(
    "children",
    [
        {"type": "array", "items": {"$ref": "#"}},
        {"anyOf": [{"$ref": "#"}, {"type": "null"}]},
    ],
)
def test_recursive_schemas_come_to_an_end(children: dict[str, Any]) -> None:
    schema = {
        "type": "object",
        "properties": {"children": children},
        "required": ["children"],
        "additionalProperties": False,
    }

    jsonschema.validate(instance_of(schema), schema)


def test_a_schema_that_nothing_fits_comes_to_an_end() -> None:
    assert instance_of({"type": "array", "minItems": 3, "items": {"$ref": "#"}})


def test_all_of_is_merged() -> None:
    schema = {
        "allOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]},
            {"type": "object", "properties": {"b": {"type": "boolean"}}, "required": ["b"]},
        ]
    }

    jsonschema.validate(instance_of(schema), schema)
    assert instance_of(schema) == {"a": 1, "b": True}


KEYS = st.sampled_from(
    ["type", "properties", "required", "items", "anyOf", "allOf", "$ref", "enum", "minItems",
     "minimum", "maximum", "multipleOf", "minLength", "maxLength", "prefixItems", "format"]
)  # fmt: skip
VALUES = st.none() | st.booleans() | st.integers(-9, 9) | KEYS | st.just("#/properties/a")


@settings(max_examples=60)
@given(
    st.recursive(
        VALUES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=10,
    )
)
def test_nonsense_has_an_instance_too(schema: Any) -> None:
    encode(instance_of(schema))
