"""The streamed reply."""

from msgspec import UNSET, Raw, UnsetType

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.completions.answer import (
    Choice,
    Completion,
    FinishReason,
    completion,
    finish_reason,
)
from codex2api.dialects.completions.request import echoes
from codex2api.dialects.completions.schema import CompletionRequest
from codex2api.dialects.completions.text import news_of, rest_of
from codex2api.dialects.openai_error import openai_error
from codex2api.dialects.openai_strand import Strand
from codex2api.dialects.openai_usage import completion_usage
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import (
    Batch,
    Completed,
    Incomplete,
    Response,
    TextDelta,
    UpstreamEvent,
)
from codex2api.protocol.fold import CUT_MESSAGE
from codex2api.protocol.json import encode
from codex2api.protocol.sse import Frame
from codex2api.protocol.usage import added_up

_DONE = Frame(Raw(b"[DONE]"))


class CompletionsTranslator:
    """Turns the events of an answer, of all its choices, into chunks."""

    def __init__(self, request: CompletionRequest, head: ReplyHead) -> None:
        options = request.stream_options
        self._with_usage = bool(options and options.include_usage)
        self._head = head
        no_usage = None if self._with_usage else UNSET
        self._choices = [
            _Choice(index, echo, head, no_usage) for index, echo in enumerate(echoes(request))
        ]
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
        usage = added_up(ending.usage for ending in endings) if self._with_usage else None
        if usage is None:
            return [_DONE]
        return [Frame(completion(self._head, [], completion_usage(usage))), _DONE]

    def fail(self, error: ApiError) -> list[Frame]:
        """One error frame and no ``[DONE]``: the answer must not look finished."""
        if self._over:
            return []
        self._over = True
        return [Frame(openai_error(error))]


class _Choice:
    """One choice of the answer while it is told.

    Attributes:
        ending: What the terminal event said, once it has come.
    """

    def __init__(self, index: int, echo: str, head: ReplyHead, no_usage: UnsetType | None) -> None:
        self.ending: Response | None = None
        self._index = index
        self._echo = echo
        self._head = head
        self._no_usage = no_usage
        self._text = Strand()
        # Nearly every frame is more text and differs from the others in that alone.
        self._before, _, self._after = encode(self._chunk("", None)).rpartition(b'""')

    def feed(self, batch: Batch) -> list[Frame]:
        frames: list[Frame] = []
        if self._echo:
            frames.append(self._more(self._echo))
            self._echo = ""
        for event in batch:
            if self.ending is not None:
                break
            if type(event) is TextDelta and event.delta:
                place = (event.output_index, event.content_index)
                frames.append(self._more(self._text.grow(place, event.delta)))
            else:
                self._hear(event, frames)
        return frames

    def _hear(self, event: UpstreamEvent, frames: list[Frame]) -> None:
        if isinstance(event, Completed | Incomplete):
            ending = event.response
            rest = "" if self._text.begun else rest_of(ending.output or (), self._text)
            if rest:
                frames.append(self._more(rest))
            frames.append(Frame(self._chunk("", finish_reason(ending))))
            self.ending = ending
        elif news := news_of(event, self._text):
            frames.append(self._more(news))

    def _more(self, text: str) -> Frame:
        return Frame(Raw(self._before + encode(text) + self._after))

    def _chunk(self, text: str, reason: FinishReason | None) -> Completion:
        grown = Choice(text=text, index=self._index, finish_reason=reason)
        return completion(self._head, [grown], self._no_usage)
