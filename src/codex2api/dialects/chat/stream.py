"""The streamed reply."""

from collections.abc import Iterable

from msgspec import UNSET

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.chat.answer import Delta
from codex2api.dialects.chat.chunks import Chunks
from codex2api.dialects.chat.growth import Growth
from codex2api.dialects.chat.news import news_of
from codex2api.dialects.chat.schema import ChatRequest
from codex2api.dialects.chat.styles import growth_of
from codex2api.dialects.openai_choices import ChoicesTranslator
from codex2api.protocol.events import (
    Batch,
    Ending,
    Response,
    UpstreamEvent,
)
from codex2api.protocol.runs import TextRun, runs
from codex2api.protocol.sse import Frame


class ChatTranslator(ChoicesTranslator):
    """Turns the events of an answer, of all its choices, into chat chunks."""

    def __init__(self, request: ChatRequest, head: ReplyHead) -> None:
        options = request.stream_options
        counted = bool(options and options.include_usage)
        chunks = Chunks(head, with_usage=counted)
        choices = [
            _Choice(index, chunks, growth_of(request, head.reasoning))
            for index in range(request.n or 1)
        ]
        super().__init__(choices, chunks.with_usage if counted else None)


class _Choice:
    """One choice of the answer while it is told (a ``GrowingChoice``)."""

    def __init__(self, index: int, chunks: Chunks, growth: Growth) -> None:
        self.ending: Response | None = None
        self._index = index
        self._chunks = chunks
        self._growth = growth
        self._speaking = False
        self._more = chunks.more_content(index)

    def feed(self, batch: Batch) -> list[Frame]:
        frames: list[Frame] = []
        for event in runs(batch):
            if isinstance(event, TextRun):
                self._hear_text(event, frames)
            else:
                self._hear(event, frames)
        return frames

    def _hear_text(self, run: TextRun, frames: list[Frame]) -> None:
        while run.events and not self._speaking:
            self._hear(run.events.pop(0), frames)
        if texts := run.texts:
            place = (run.output_index, run.content_index)
            frames.append(self._more.of(self._growth.content.grow_by(place, texts)))

    def _hear(self, event: UpstreamEvent, frames: list[Frame]) -> None:
        if self.ending is not None:
            return
        if isinstance(event, Ending):
            self._finish(event.told, frames)
            return
        for delta in self._growth.told(news_of(event, self._growth)):
            self._tell(delta, frames)

    def _tell(self, delta: Delta, frames: list[Frame]) -> None:
        if not self._speaking:
            self._begin("" if delta.content else None, frames)
        frames.append(self._chunks.of(self._index, delta))

    def _begin(self, content: str | None, frames: list[Frame]) -> None:
        self._speaking = True
        first = Delta(role="assistant", content=content, refusal=None)
        frames.append(self._chunks.of(self._index, first))

    def _finish(self, ending: Response, frames: list[Frame]) -> None:
        if not self._speaking:
            for delta in self._growth.told(self._unheard(ending)):
                self._tell(delta, frames)
        frames += self.rest()
        if not self._speaking:
            self._begin("", frames)
        if citations := self._growth.citations():
            frames.append(self._chunks.of(self._index, Delta(annotations=citations)))
        reason, tier = self._growth.finish_reason(ending), ending.service_tier or UNSET
        frames.append(self._chunks.of(self._index, Delta(), reason, tier))
        self._speaking = False
        self.ending = ending

    def rest(self) -> list[Frame]:
        """What has to be said before any end, so that nothing stays open."""
        return [self._chunks.of(self._index, delta) for delta in self._growth.rest()]

    def _unheard(self, ending: Response) -> Iterable[Delta]:
        for output_index, item in enumerate(ending.output or ()):
            yield from self._growth.settle_item(output_index, item)
