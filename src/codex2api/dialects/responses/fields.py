"""Fields of a caller's untyped objects, checked; whoever misses one is told its place."""

from typing import Any

from codex2api.errors import ApiError, Kind


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


def missing(param: str) -> ApiError:
    """The error for a field that has to be there."""
    return ApiError(
        Kind.BAD_REQUEST,
        f"Missing required parameter: '{param}'.",
        param=param,
        code="missing_required_parameter",
    )


def invalid(param: str, problem: str) -> ApiError:
    """The error for a field that cannot be as it is; ``problem`` is a sentence without its stop."""
    return ApiError(
        Kind.BAD_REQUEST,
        f"Invalid value for '{param}': {problem}.",
        param=param,
        code="invalid_value",
    )
