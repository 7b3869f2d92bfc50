"""What is wrong with a JSON schema, in the words of the public API."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

MAX_DEPTH = 64


def fault_of(schema: Any, *, strict: bool) -> str | None:
    """The first fault, ``None`` if there is none; ``strict`` asks for closed, complete objects."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    if kind != "object":
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
    return _strict_fault(schema, (), 0) if strict else None


def _strict_fault(schema: Mapping[str, Any], path: tuple[str, ...], depth: int) -> str | None:
    if depth > MAX_DEPTH:
        return "the schema is nested too deeply."
    if is_object(schema) and (fault := _object_fault(schema, path)):
        return fault
    for step, inner in _inner(schema):
        if fault := _strict_fault(inner, (*path, *step), depth + 1):
            return fault
    return None


def is_object(schema: Mapping[str, Any]) -> bool:
    """Whether the schema is of objects, perhaps among other types."""
    kind = schema.get("type")
    return kind == "object" or (isinstance(kind, list) and "object" in kind)


def _object_fault(schema: Mapping[str, Any], path: tuple[str, ...]) -> str | None:
    context = f"In context={path!r}"
    if schema.get("additionalProperties") is not False:
        return f"{context}, 'additionalProperties' is required to be supplied and to be false."
    required = schema.get("required")
    required = required if isinstance(required, list) else []
    for name, _ in _members(schema, "properties"):
        if name not in required:
            return (
                f"{context}, 'required' is required to be supplied and to be an array including "
                f"every key in properties. Missing '{name}'."
            )
    return None


def _inner(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for group in ("properties", "$defs", "definitions"):
        for name, inner in _members(schema, group):
            if isinstance(inner, dict):
                yield (group, name), inner
    if isinstance(schema.get("items"), dict):
        yield ("items",), schema["items"]
    choices = schema.get("anyOf")
    for number, inner in enumerate(choices if isinstance(choices, list) else ()):
        if isinstance(inner, dict):
            yield ("anyOf", str(number)), inner


def _members(schema: Mapping[str, Any], group: str) -> Iterable[tuple[str, Any]]:
    members = schema.get(group)
    return members.items() if isinstance(members, dict) else ()
