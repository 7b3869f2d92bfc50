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
from codex2api.dialects.openai_choices import ChoicesTranslator
from codex2api.dialects.openai_strand import Strand
from codex2api.dialects.openai_usage import CompletionUsage
from codex2api.protocol.events import (
    Batch,
    Completed,
    Incomplete,
    Response,
    TextDelta,
    UpstreamEvent,
)
from codex2api.protocol.json import encode
from codex2api.protocol.sse import Frame


class CompletionsTranslator(ChoicesTranslator):
    """Turns the events of an answer, of all its choices, into chunks."""

    def __init__(self, request: CompletionRequest, head: ReplyHead) -> None:
        options = request.stream_options
        counted = bool(options and options.include_usage)
        choices = [
            _Choice(index, echo, head, None if counted else UNSET)
            for index, echo in enumerate(echoes(request))
        ]

        def with_usage(usage: CompletionUsage, _ending: Response) -> Frame:
            return Frame(completion(head, [], usage))

        super().__init__(choices, with_usage if counted else None)


class _Choice:
    """One choice of the answer while it is told (a ``GrowingChoice``)."""

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

    def rest(self) -> list[Frame]:
        """Nothing: a text can end anywhere."""
        return []

    def _hear(self, event: UpstreamEvent, frames: list[Frame]) -> None:
        if isinstance(event, Completed | Incomplete):
            ending = event.told
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
