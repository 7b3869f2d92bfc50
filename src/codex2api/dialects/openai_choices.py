"""Streams of several choices that end together, as the chat and completions APIs have them."""

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Raw

from codex2api.dialects.openai_error import openai_error
from codex2api.dialects.openai_usage import CompletionUsage, completion_usage
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import Batch, Response
from codex2api.protocol.fold import CUT_MESSAGE
from codex2api.protocol.sse import Frame
from codex2api.protocol.usage import added_up

_DONE = Frame(Raw(b"[DONE]"))


class GrowingChoice(Protocol):
    """One choice of the answer while it is told.

    Attributes:
        ending: What the terminal event said, once it has come.
    """

    ending: Response | None

    def feed(self, batch: Batch, /) -> list[Frame]:
        """Frames that events cause; those after the ending cause none."""

    def rest(self) -> list[Frame]:
        """What has to be said before any end, so that nothing stays open."""


class ChoicesTranslator:
    """Turns the events of an answer, of all its choices, into frames.

    Args:
        choices: By their number.
        with_usage: Makes the frame with the usage, for callers who asked for one; it is also told
            the ending of the first choice.
    """

    def __init__(
        self,
        choices: Sequence[GrowingChoice],
        with_usage: Callable[[CompletionUsage, Response], Frame] | None,
    ) -> None:
        self._choices = choices
        self._with_usage = with_usage
        self._over = False

    def feed(self, batch: Batch, choice: int = 0, /) -> list[Frame]:
        """Frames that a choice's events cause; events after its end cause none."""
        return [] if self._over else self._choices[choice].feed(batch)

    def close(self) -> list[Frame]:
        """The usage, if it was asked for, and the mark of the end.

        Raises:
            ApiError: A choice was cut before its terminal event.
        """
        endings = [choice.ending for choice in self._choices if choice.ending is not None]
        if len(endings) < len(self._choices):
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, CUT_MESSAGE)
        self._over = True
        if self._with_usage is None:
            return [_DONE]
        usage = added_up(ending.usage for ending in endings)
        if usage is None:
            return [_DONE]
        return [self._with_usage(completion_usage(usage), endings[0]), _DONE]

    def fail(self, error: ApiError) -> list[Frame]:
        """One error frame and no ``[DONE]``: the answer must not look finished."""
        if self._over:
            return []
        self._over = True
        rest = [frame for choice in self._choices for frame in choice.rest()]
        return [*rest, Frame(openai_error(error))]
