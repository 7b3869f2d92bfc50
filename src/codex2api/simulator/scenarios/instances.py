"""A smallest value that fits a JSON schema: what a model would have written, more or less."""

from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 24

_STRINGS = {
    "date-time": "2026-01-01T00:00:00Z",
    "date": "2026-01-01",
    "time": "00:00:00Z",
    "email": "simulated@example.invalid",
    "uri": "https://example.invalid/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "hostname": "example.invalid",
    "ipv4": "127.0.0.1",
}


def instance_of(schema: Any) -> Any:
    """A value that is valid for ``schema``, for the keywords that tools and answers use."""
    return _Builder(schema).build(schema, 0)


class _Builder:
    def __init__(self, root: Any) -> None:
        self._root = root

    def build(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, dict) or depth > MAX_DEPTH:
            return None
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return schema["enum"][0]
        plainer = self._step(schema)
        return self._by_type(schema, depth) if plainer is None else self.build(plainer, depth + 1)

    def _step(self, schema: Mapping[str, Any]) -> Any:
        """The schema that this one leads to: by reference, choice or combination."""
        if "$ref" in schema:
            return self._resolve(str(schema["$ref"]))
        for keyword in ("anyOf", "oneOf"):
            if schema.get(keyword):
                return self._simplest(schema[keyword])
        return self._merged(schema) if schema.get("allOf") else None

    def _by_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kind = kinds[0] if isinstance(kinds, list) else kinds
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        return _scalar(kind, schema)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties") or {}
        # A deep or recursive schema is cut short: its optional parts are left out.
        names = schema.get("required") or ([] if depth else list(properties))
        return {name: self.build(properties.get(name, {}), depth + 1) for name in names}

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        if "prefixItems" in schema:
            return [self.build(item, depth + 1) for item in schema["prefixItems"]]
        count = schema.get("minItems", 0 if depth > MAX_DEPTH // 2 else 1)
        return [self.build(schema.get("items", {}), depth + 1) for _ in range(count)]

    def _simplest(self, choices: list[Any]) -> Any:
        """The first choice without a reference, so that recursive schemas come to an end."""
        plain = [choice for choice in choices if "$ref" not in str(choice)]
        return (plain or choices)[0]

    def _merged(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            full = self._resolve(part["$ref"]) if "$ref" in part else part
            properties = merged.get("properties", {}) | full.get("properties", {})
            required = [*merged.get("required", ()), *full.get("required", ())]
            merged |= full
            if properties:
                merged |= {"properties": properties, "required": required}
        return merged

    def _resolve(self, reference: str) -> Any:
        found = self._root
        for step in reference.removeprefix("#").split("/"):
            if step:
                name = step.replace("~1", "/").replace("~0", "~")
                found = found.get(name) if isinstance(found, dict) else None
        return found


def _scalar(kind: str, schema: Mapping[str, Any]) -> Any:
    match kind:
        case "integer":
            return int(_number(schema, 1))
        case "number":
            return _number(schema, 0.5)
        case "boolean":
            return True
        case "null":
            return None
        case _:
            return _string(schema)


def _number(schema: Mapping[str, Any], default: float) -> float:
    low = schema.get("minimum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + 1
    high = schema.get("maximum")
    if high is None and "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - 1
    value = low if low is not None else default if high is None else min(default, high)
    step = schema.get("multipleOf")
    return -(-value // step) * step if step else value


def _string(schema: Mapping[str, Any]) -> str:
    text = _STRINGS.get(str(schema.get("format")), "simulated")
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    return text.ljust(shortest, "x")[:longest]
