"""Cut OpenAI's published API description down to what the conformance tests need.

    python scripts/openai_schema.py openapi.yaml

Writes ``tests/conformance/openai.json``: the routes below, the schemas that they reach, and of
those only what constrains a value. OpenAPI 3.0's ``nullable``, which JSON Schema does not know, is
spelled out. A keyword that this script does not know stops it, so that nothing is lost unseen.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

TARGET = Path(__file__).parents[1] / "tests" / "conformance" / "openai.json"

ROUTES = (
    "/audio/transcriptions post",
    "/chat/completions get post",
    "/chat/completions/{completion_id} get post delete",
    "/chat/completions/{completion_id}/messages get",
    "/completions post",
    "/conversations post",
    "/conversations/{conversation_id} get post delete",
    "/conversations/{conversation_id}/items get post",
    "/conversations/{conversation_id}/items/{item_id} get delete",
    "/files get post",
    "/files/{file_id} get delete",
    "/files/{file_id}/content get",
    "/images/edits post",
    "/images/generations post",
    "/models get",
    "/models/{model} get",
    "/responses post",
    "/responses/compact post",
    "/responses/input_tokens post",
    "/responses/{response_id} get delete",
    "/responses/{response_id}/cancel post",
    "/responses/{response_id}/input_items get",
)
ALWAYS = ("ErrorResponse",)
"""Schemas that no route names, though every route answers with them."""

KEPT = {
    "$ref", "type", "enum", "const", "required", "format", "pattern", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems",
    "uniqueItems", "maxProperties",
}  # fmt: skip
HOLDS_SCHEMAS = {
    "anyOf", "oneOf", "allOf", "not", "items", "additionalProperties", "propertyNames",
    "properties",
}  # fmt: skip
LEFT_OUT = {
    "title", "description", "default", "example", "examples", "deprecated", "discriminator",
    "nullable", "optional", "$recursiveAnchor",
}  # fmt: skip
PREFIX = "#/components/schemas/"


def main() -> int:
    """Write the reduced copy; gives the exit code."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    published = yaml.safe_load(Path(sys.argv[1]).read_text("utf-8"))
    reduced = reduce(published)
    TARGET.write_text(lay_out(reduced), "utf-8")
    count = len(reduced["components"]["schemas"])
    print(f"{TARGET.name}: {len(reduced['paths'])} paths, {count} schemas")
    return 0


def reduce(published: dict[str, Any]) -> dict[str, Any]:
    """The part of the description that the tests need."""
    paths = {}
    for route in ROUTES:
        path, *methods = route.split()
        operations = published["paths"][path]
        paths[path] = {method: operation(operations[method]) for method in methods}
    schemas = published["components"]["schemas"]
    names = sorted(reached(paths, schemas))
    info = {name: published["info"][name] for name in ("title", "version", "license")}
    return {
        "openapi": published["openapi"],
        "info": info,
        "paths": paths,
        "components": {"schemas": {name: plain(schemas[name], name) for name in names}},
    }


def operation(published: dict[str, Any]) -> dict[str, Any]:
    """Parameters, body and good answer of a route; every other answer is an error body."""
    kept: dict[str, Any] = {}
    if "parameters" in published:
        kept["parameters"] = [
            {key: one[key] for key in ("in", "name", "required") if key in one}
            | {"schema": plain(one["schema"], "")}
            for one in published["parameters"]
        ]
    if "requestBody" in published:
        kept["requestBody"] = body(published["requestBody"]) | {"required": True}
    failed = {"$ref": f"{PREFIX}ErrorResponse"}
    kept["responses"] = {
        "200": {"description": "good"} | body(published["responses"]["200"]),
        "default": {"description": "failed", "content": {"application/json": {"schema": failed}}},
    }
    return kept


def body(published: dict[str, Any]) -> dict[str, Any]:
    """The schemas of a request or an answer by media type."""
    content = published.get("content", {})
    return {
        "content": {kind: {"schema": plain(one["schema"], "")} for kind, one in content.items()}
    }


def plain(schema: Any, name: str) -> Any:
    """A schema without what constrains nothing; ``name`` is the component that it is in."""
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in KEPT:
            kept[key] = value
        elif key in HOLDS_SCHEMAS:
            kept[key] = _each(value, name) if key == "properties" else _inner(value, name)
        elif key == "$recursiveRef":
            kept["$ref"] = PREFIX + name
        elif key not in LEFT_OUT and not key.startswith("x-"):
            raise SystemExit(f"Unknown keyword in {name}: {key}")
    return {"anyOf": [kept, {"type": "null"}]} if schema.get("nullable") is True else kept


def _each(schemas: dict[str, Any], name: str) -> dict[str, Any]:
    return {field: plain(one, name) for field, one in schemas.items()}


def _inner(value: Any, name: str) -> Any:
    return [plain(one, name) for one in value] if isinstance(value, list) else plain(value, name)


def reached(paths: dict[str, Any], schemas: dict[str, Any]) -> set[str]:
    """Names of all schemas that the routes use, directly or not."""
    found: set[str] = set()
    waiting = [*references(paths), *ALWAYS]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(plain(schemas[name], name))
    return found


def references(value: Any) -> list[str]:
    """Names of the schemas that a value refers to."""
    if isinstance(value, list):
        return [name for one in value for name in references(one)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"].removeprefix(PREFIX)] if isinstance(value.get("$ref"), str) else []
    return own + [name for one in value.values() for name in references(one)]


def lay_out(document: dict[str, Any]) -> str:
    """JSON with a line for each route and each schema: differences can be read."""
    head = {key: document[key] for key in ("openapi", "info")}
    return "".join(
        (
            json.dumps(head)[:-1],
            ', "paths": {\n',
            ",\n".join(_lines(document["paths"])),
            '\n}, "components": {"schemas": {\n',
            ",\n".join(_lines(document["components"]["schemas"])),
            "\n}}}\n",
        )
    )


def _lines(entries: dict[str, Any]) -> list[str]:
    return [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in entries.items()]


if __name__ == "__main__":
    sys.exit(main())
