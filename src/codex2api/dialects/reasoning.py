"""Where a caller wants to see the model's reasoning, on routes that OpenAI gave no place for it."""

from collections.abc import Callable, Mapping
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


def style_shown(
    headers: Mapping[str, str],
    usual: ReasoningStyle,
    shows: Callable[[ReasoningStyle], ReasoningStyle],
) -> tuple[ReasoningStyle, tuple[str, ...]]:
    """The style of one answer, and what has to be told of it.

    Args:
        headers: The request's, names in lower case.
        usual: For callers who do not say.
        shows: The style in which a style can be shown at all.

    Returns:
        The style, and ``reasoning:o3->none`` if the caller asked for another one.

    Raises:
        ApiError: The header names none.
    """
    if HEADER not in headers:
        return shows(usual), ()
    asked = _named(headers[HEADER])
    shown = shows(asked)
    return shown, () if shown is asked else (f"reasoning:{asked}->{shown}",)


def _named(text: str) -> ReasoningStyle:
    try:
        return ReasoningStyle(text.strip().lower())
    except ValueError:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Invalid value for the header '{HEADER}': expected {', '.join(ReasoningStyle)}.",
            param=HEADER,
            code="invalid_value",
        ) from None
