"""Where a caller wants to see the model's reasoning, on routes that OpenAI gave no place for it."""

from collections.abc import Mapping
from enum import StrEnum

from codex2api.errors import ApiError, Kind

HEADER = "x-codex2api-reasoning"


class ReasoningStyle(StrEnum):
    """Where it is shown; the names are the setting's and the header's."""

    REASONING_CONTENT = "reasoning_content"
    """In a field of that name beside ``content``, as most clients know it."""

    THINK_TAGS = "think-tags"
    """In ``content`` itself, between ``<think>`` and ``</think>``."""

    O3 = "o3"
    """In ``reasoning``, an object with a list of texts."""

    NONE = "none"
    """Nowhere."""


def style_asked(headers: Mapping[str, str], usual: ReasoningStyle) -> ReasoningStyle:
    """The style of one request.

    Args:
        headers: The request's, names in lower case.
        usual: For callers who do not say.

    Raises:
        ApiError: The header names none.
    """
    asked = headers.get(HEADER)
    if asked is None:
        return usual
    try:
        return ReasoningStyle(asked.strip().lower())
    except ValueError:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Invalid value for the header '{HEADER}': expected {', '.join(ReasoningStyle)}.",
            param=HEADER,
            code="invalid_value",
        ) from None
