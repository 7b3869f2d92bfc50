"""OpenAI's published schema, closed: a field that it does not have is as wrong as a bad value.

``openai.json`` is cut out of the published description by ``scripts/openai_schema.py``; its
licence is beside it.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from tests.conformance.differences import UNDESCRIBED, differing

Schema: TypeAlias = dict[str, Any]

FILE = Path(__file__).with_name("openai.json")
PREFIX = "#/components/schemas/"


def check(value: Any, name: str) -> None:
    """Fail with the best reason unless the value is of the named schema."""
    _check(value, {"$ref": f"{PREFIX}{name}"}, name)


def check_answer(value: Any, path: str, method: str, *, streamed: bool = False) -> None:
    """As ``check``, for a good answer of a route, or one event of it."""
    route = f"{method} {path}"
    content = document()["paths"][path][method]["responses"]["200"]["content"]
    whole = content.get("application/json") or {"schema": UNDESCRIBED[route]}
    schema = (content.get("text/event-stream", whole) if streamed else whole)["schema"]
    _check(value, schema, route)


def properties_of(name: str) -> set[str]:
    """The names of all properties of an object schema."""
    schemas = document()["components"]["schemas"]
    return set(_merged(schemas[name], schemas)["properties"])


def requests_of(path: str) -> list[str]:
    """The names of the schemas of what is sent to one of our routes, as JSON or as a form."""
    content = document()["paths"][path.removeprefix("/v1")]["post"]["requestBody"]["content"]
    return [str(kind["schema"]["$ref"].removeprefix(PREFIX)) for kind in content.values()]


@cache
def document() -> Schema:
    """The reduced description, as it is in the file."""
    read: Schema = msgspec.json.decode(FILE.read_bytes())
    return read


def _check(value: Any, schema: Schema, name: str) -> None:
    plain = msgspec.to_builtins(value)
    if "$ref" in schema:
        name = _member(schema["$ref"].removeprefix(PREFIX), plain)
        schema = {"$ref": f"{PREFIX}{name}"}
    fault = best_match(_validator(json.dumps(schema)).iter_errors(plain))
    assert fault is None, f"{name}: {fault.json_path}: {fault.message[:300]}\n{str(plain)[:2000]}"


def _member(name: str, value: Any) -> str:
    """Of a union, the member that the value's ``type`` names: one to check instead of fifty."""
    members = _components()[name].get("anyOf", ())
    kind = value.get("type") if isinstance(value, dict) else None
    for member in members:
        named = str(member.get("$ref", "")).removeprefix(PREFIX)
        fields = _components().get(named, {}).get("properties", {})
        if kind is not None and kind in fields.get("type", {}).get("enum", ()):
            return named
    return name


@cache
def _components() -> dict[str, Schema]:
    schemas = differing(document()["components"]["schemas"])
    return {name: _closed(schema, schemas) for name, schema in schemas.items()}


@cache
def _validator(schema: str) -> Draft202012Validator:
    closed = _closed(json.loads(schema), document()["components"]["schemas"])
    return Draft202012Validator(closed | {"components": {"schemas": _components()}})


def _closed(schema: Any, schemas: dict[str, Schema]) -> Any:
    """The schema, with no other properties than those that it names."""
    if isinstance(schema, list):
        return [_closed(one, schemas) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = _merged(schema, schemas)
    for key, value in kept.items():
        if key == "properties":
            kept[key] = {field: _closed(one, schemas) for field, one in value.items()}
        elif key in ("anyOf", "oneOf", "items", "additionalProperties"):
            kept[key] = _closed(value, schemas)
    return {"additionalProperties": False} | kept if kept.get("properties") else kept


def _merged(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """An ``allOf`` of objects as one object."""
    if "allOf" not in schema:
        return dict(schema)
    merged: Schema = {"type": "object", "properties": {}, "required": []}
    for part in (*schema["allOf"], schema):
        whole = schemas[part["$ref"].removeprefix(PREFIX)] if "$ref" in part else part
        whole = _merged(whole, schemas) if whole is not schema else whole
        merged["properties"] |= whole.get("properties", {})
        merged["required"] += whole.get("required", [])
    return merged
