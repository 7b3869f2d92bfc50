"""Fields of a caller's untyped objects, checked; whoever misses one is told its place."""

from typing import Any

from codex2api.dialects.openai_refusals import invalid, missing


def required_text(fields: dict[str, Any], key: str, where: str) -> str:
    """The string under ``key``.

    Raises:
        ApiError: It is missing or not a string.
    """
    value = fields.get(key)
    if value is None:
        raise missing(f"{where}.{key}")
    if not isinstance(value, str):
        raise invalid(f"{where}.{key}", "Expected a string")
    return value


def kept(fields: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The named fields that are there and not ``null``."""
    return {name: fields[name] for name in names if fields.get(name) is not None}
