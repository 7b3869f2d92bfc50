"""``metadata``: what callers attach to objects that are kept for them."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from codex2api.errors import ApiError, Kind

Metadata: TypeAlias = Annotated[dict[str, str], Meta(max_length=16)]

_LONGEST_NAME, _LONGEST_VALUE = 64, 512


def check_metadata(metadata: dict[str, str] | None) -> None:
    """Refuse names and values that are too long, or that a database cannot hold.

    Raises:
        ApiError: One is.
    """
    for name, value in (metadata or {}).items():
        if "\0" in name + value:
            raise _refused("metadata", "it holds a null character", "invalid_value")
        if len(name) > _LONGEST_NAME:
            problem = f"a key is longer than {_LONGEST_NAME} characters"
            raise _refused("metadata", problem, "string_above_max_length")
        if len(value) > _LONGEST_VALUE:
            problem = f"the value is longer than {_LONGEST_VALUE} characters"
            raise _refused(f"metadata.{name}", problem, "string_above_max_length")


def _refused(param: str, problem: str, code: str) -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        f"Invalid value for '{param}': {problem}.",
        param=param,
        code=code,
    )
