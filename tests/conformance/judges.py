"""What the answers of an API are held against."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests import anthropic_types
from tests.conformance.published import check, check_answer


@dataclass(frozen=True)
class Judge:
    """Functions that fail unless what they are given is right.

    Attributes:
        whole: A good answer of a route that is not streamed.
        event: A payload of its stream.
        error: The body of a failure.
        statuses: Those that failures may have besides our own.
    """

    whole: Callable[[Any, str], None]
    event: Callable[[Any, str], None]
    error: Callable[[Any], None]
    statuses: frozenset[int] = frozenset()


def check_error(body: Any) -> None:
    """Fail unless it is OpenAI's error object, with something to read in it."""
    check(body, "ErrorResponse")
    assert body["error"]["message"]


def _openai_event(payload: Any, path: str) -> None:
    if payload == "[DONE]":
        return
    if "error" in payload and "choices" not in payload and "type" not in payload:
        check(payload, "ErrorResponse")
    else:
        check_answer(payload, path, "post", streamed=True)


OPENAI = Judge(
    whole=lambda body, path: check_answer(body, path, "post"),
    event=_openai_event,
    error=check_error,
)
"""OpenAI's published schema."""

ANTHROPIC = Judge(
    whole=lambda body, _path: anthropic_types.check_message(body),
    event=lambda payload, _path: anthropic_types.check_event(payload),
    error=anthropic_types.check_error,
    statuses=frozenset({529}),
)
"""The types of Anthropic's SDK."""
