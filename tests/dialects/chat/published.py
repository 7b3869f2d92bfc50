"""OpenAI's published schema of the chat API; tests are skipped where the file is not at hand."""

from functools import cache
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from tests.dialects.responses.schemas import DATA

CAPTURES = DATA / "captures"
_FILE = DATA / "openapi" / "openai-subset.json"


@cache
def _components() -> dict[str, Any]:
    if not _FILE.exists():
        pytest.skip("OpenAI's published schema is not at hand")
    components: dict[str, Any] = _widened(msgspec.json.decode(_FILE.read_bytes())["components"])
    return components


def _widened(schema: Any) -> Any:
    """The schema with OpenAPI 3.0's ``nullable``, which JSON Schema does not know, spelled out."""
    if isinstance(schema, list):
        return [_widened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: _widened(part) for key, part in schema.items() if key != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if schema.get("nullable") is True else inner


@cache
def _validator(name: str) -> Draft202012Validator:
    reference = {"$ref": f"#/components/schemas/{name}", "components": _components()}
    return Draft202012Validator(reference)


def check(value: Any, name: str) -> None:
    """Fail with the best reason if the JSON value is not of the schema."""
    error = best_match(_validator(name).iter_errors(value))
    assert error is None, f"{name}: {error.json_path}: {error.message[:300]}"
