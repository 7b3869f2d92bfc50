"""OpenAI's published schema; tests that need it are skipped where the file is not at hand."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

DATA = Path(__file__).parents[4] / "shared" / "data"
_FILE = DATA / "openapi" / "openai-subset.json"


@cache
def _document() -> dict[str, Any]:
    if not _FILE.exists():
        return {}
    document: dict[str, Any] = msgspec.json.decode(_FILE.read_bytes())
    return document


def _schemas() -> dict[str, Any]:
    if not _document():
        pytest.skip("OpenAI's published schema is not at hand")
    schemas: dict[str, Any] = _document()["components"]["schemas"]
    return schemas


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = {
        "$ref": f"#/components/schemas/{name}",
        "components": _document()["components"],
    }
    return Draft202012Validator(schema)


def check(value: Any, name: str) -> None:
    """Fail with the best reason if the value is not of the schema."""
    _schemas()
    plain = msgspec.to_builtins(value)
    error = best_match(_validator(name).iter_errors(plain))
    assert error is None, f"{name}: {error.json_path}: {error.message[:300]}\n{plain}"


def request_of(path: str) -> str:
    """The name of the schema of what is posted to a route (``/v1/responses``)."""
    _schemas()
    posted = _document()["paths"][path.removeprefix("/v1")]["post"]["requestBody"]
    reference: str = posted["content"]["application/json"]["schema"]["$ref"]
    return reference.rsplit("/", 1)[-1]


def properties_of(name: str) -> set[str]:
    """The names of all properties of an object schema, ``allOf`` included."""
    return _properties(_schemas(), _schemas()[name])


def _properties(schemas: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        return _properties(schemas, schemas[schema["$ref"].rsplit("/", 1)[-1]])
    found = set(schema.get("properties", ()))
    for part in schema.get("allOf", ()):
        found |= _properties(schemas, part)
    return found


def named_after(union: str) -> dict[str, str]:
    """The member schemas of a union, by the ``type`` that each demands."""
    schemas = _schemas()
    members = schemas[union].get("anyOf") or schemas[union]["oneOf"]
    names = [member["$ref"].rsplit("/", 1)[-1] for member in members]
    return {kind: name for name in names for kind in _kinds(schemas, schemas[name])}


def _kinds(schemas: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    if "$ref" in schema:
        return _kinds(schemas, schemas[schema["$ref"].rsplit("/", 1)[-1]])
    own = schema.get("properties", {}).get("type", {}).get("enum", [])
    return own + [kind for part in schema.get("allOf", ()) for kind in _kinds(schemas, part)]
