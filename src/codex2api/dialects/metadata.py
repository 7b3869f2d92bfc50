"""``metadata``: what callers attach to objects that are kept for them."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from codex2api.errors import ApiError, Kind

Metadata: TypeAlias = Annotated[dict[str, str], Meta(max_length=16)]

_LONGEST_NAME, _LONGEST_VALUE = 64, 512


def check_metadata(metadata: dict[str, str] | None) -> None:
    """Refuse names and values that are too long.

    Raises:
        ApiError: One is.
    """
    for name, value in (metadata or {}).items():
        if len(name) > _LONGEST_NAME:
            raise _too_long("metadata", f"a key is longer than {_LONGEST_NAME} characters")
        if len(value) > _LONGEST_VALUE:
            raise _too_long(
                f"metadata.{name}", f"the value is longer than {_LONGEST_VALUE} characters"
            )


def _too_long(param: str, problem: str) -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        f"Invalid value for '{param}': {problem}.",
        param=param,
        code="string_above_max_length",
    )
