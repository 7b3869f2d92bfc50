"""A smallest value that fits a JSON schema: what a model would have written, more or less."""

import math
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 64
MAX_NODES = 5000
"""A schema that no finite value fits would otherwise never come to an end."""

SHALLOW = 12
"""Arrays deeper than this stay empty where they may."""

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
        self._left = MAX_NODES

    def build(self, schema: Any, depth: int) -> Any:
        self._left -= 1
        if not isinstance(schema, dict) or depth > MAX_DEPTH or self._left < 0:
            return None
        if "const" in schema:
            return schema["const"]
        if choices := _listed(schema, "enum"):
            return choices[0]
        plainer = self._step(schema)
        return self._by_type(schema, depth) if plainer is None else self.build(plainer, depth + 1)

    def _step(self, schema: Mapping[str, Any]) -> Any:
        """The schema that this one leads to: by reference, choice or combination."""
        if "$ref" in schema:
            return self._resolve(str(schema["$ref"]))
        if choices := _listed(schema, "anyOf") or _listed(schema, "oneOf"):
            return self._simplest(choices)
        return self._merged(schema) if _listed(schema, "allOf") else None

    def _by_type(self, schema: Mapping[str, Any], depth: int) -> Any:
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kind = kinds[0] if isinstance(kinds, list) and kinds else kinds
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        return _scalar(kind, schema)

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties = _members(schema)
        # A deep or recursive schema is cut short: its optional parts are left out.
        names = _listed(schema, "required") or ([] if depth else list(properties))
        return {str(name): self.build(properties.get(str(name), {}), depth + 1) for name in names}

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        if heads := _listed(schema, "prefixItems"):
            return [self.build(item, depth + 1) for item in heads]
        count = int(_limit(schema, "minItems", 0 if depth > SHALLOW else 1))
        return [self.build(schema.get("items", {}), depth + 1) for _ in range(count)]

    def _simplest(self, choices: list[Any]) -> Any:
        """The first choice without a reference, so that recursive schemas come to an end."""
        plain = [choice for choice in choices if "$ref" not in str(choice)]
        return (plain or choices)[0]

    def _merged(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in _listed(schema, "allOf"):
            reference = isinstance(part, dict) and "$ref" in part
            full = self._resolve(str(part["$ref"])) if reference else part
            if isinstance(full, dict):
                properties = _members(merged) | _members(full)
                required = [*_listed(merged, "required"), *_listed(full, "required")]
                merged |= full
                if properties:
                    merged |= {"properties": properties, "required": required}
        merged.pop("allOf", None)
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
    low = _limit(schema, "minimum", _limit(schema, "exclusiveMinimum", -math.inf) + 1)
    high = _limit(schema, "maximum", _limit(schema, "exclusiveMaximum", math.inf) - 1)
    value = low if math.isfinite(low) else min(default, high)
    step = _limit(schema, "multipleOf", 0)
    return -(-value // step) * step if step > 0 else value


def _string(schema: Mapping[str, Any]) -> str:
    text = _STRINGS.get(str(schema.get("format")), "simulated")
    shortest, longest = _limit(schema, "minLength", 0), _limit(schema, "maxLength", math.inf)
    text = text.ljust(int(shortest), "x")
    return text if math.isinf(longest) else text[: max(0, int(longest))]


def _limit(schema: Mapping[str, Any], keyword: str, default: float) -> float:
    value = schema.get(keyword)
    return value if isinstance(value, int | float) and math.isfinite(value) else default


def _listed(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    value = schema.get(keyword)
    return value if isinstance(value, list) else []


def _members(schema: Mapping[str, Any]) -> dict[str, Any]:
    value = schema.get("properties")
    return value if isinstance(value, dict) else {}
