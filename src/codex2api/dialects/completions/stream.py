"""The streamed reply."""

from msgspec import UNSET, UnsetType

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
    Ending,
    Response,
    UpstreamEvent,
)
from codex2api.protocol.runs import TextRun, runs
from codex2api.protocol.sse import Frame, TextFrames


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
        self._more = TextFrames(Frame(self._chunk("", None)))

    def feed(self, batch: Batch) -> list[Frame]:
        frames: list[Frame] = []
        if self._echo:
            frames.append(self._more.of((self._echo,)))
            self._echo = ""
        for event in runs(batch):
            if self.ending is not None:
                break
            if not isinstance(event, TextRun):
                self._hear(event, frames)
            elif texts := event.texts:
                place = (event.output_index, event.content_index)
                frames.append(self._more.of(self._text.grow_by(place, texts)))
        return frames

    def rest(self) -> list[Frame]:
        """Nothing: a text can end anywhere."""
        return []

    def _hear(self, event: UpstreamEvent, frames: list[Frame]) -> None:
        if isinstance(event, Ending):
            ending = event.told
            rest = "" if self._text.begun else rest_of(ending.output or (), self._text)
            if rest:
                frames.append(self._more.of((rest,)))
            frames.append(Frame(self._chunk("", finish_reason(ending))))
            self.ending = ending
        elif news := news_of(event, self._text):
            frames.append(self._more.of((news,)))

    def _chunk(self, text: str, reason: FinishReason | None) -> Completion:
        grown = Choice(text=text, index=self._index, finish_reason=reason)
        return completion(self._head, [grown], self._no_usage)
