"""``metadata``: what callers attach to objects that are kept for them."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from codex2api.dialects.openai_refusals import invalid

_MOST, _LONGEST_NAME, _LONGEST_VALUE = 16, 64, 512

Metadata: TypeAlias = Annotated[dict[str, str], Meta(max_length=_MOST)]


def check_metadata(metadata: dict[str, str] | None) -> None:
    """Refuse too many, and names and values that are too long or that a database cannot hold.

    Raises:
        ApiError: There are such.
    """
    if len(metadata or {}) > _MOST:
        problem = f"there are more than {_MOST} keys"
        raise invalid("metadata", problem, "object_above_max_properties")
    for name, value in (metadata or {}).items():
        if "\0" in name + value:
            raise invalid("metadata", "it holds a null character")
        if len(name) > _LONGEST_NAME:
            problem = f"a key is longer than {_LONGEST_NAME} characters"
            raise invalid("metadata", problem, "string_above_max_length")
        if len(value) > _LONGEST_VALUE:
            problem = f"the value is longer than {_LONGEST_VALUE} characters"
            raise invalid(f"metadata.{name}", problem, "string_above_max_length")
