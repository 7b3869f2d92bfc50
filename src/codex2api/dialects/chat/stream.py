"""The streamed reply."""

from collections.abc import Iterable, Iterator
from enum import Enum, auto

from msgspec import UNSET, Raw, UnsetType

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.chat.answer import (
    ChatUsage,
    Chunk,
    ChunkChoice,
    Delta,
    FinishReason,
    chat_usage,
)
from codex2api.dialects.chat.growth import Growth
from codex2api.dialects.chat.news import news_of
from codex2api.dialects.chat.reply import completion_id
from codex2api.dialects.chat.schema import ChatRequest
from codex2api.dialects.openai_error import openai_error
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import Completed, Incomplete, Response, TextDelta, UpstreamEvent
from codex2api.protocol.fold import CUT_MESSAGE
from codex2api.protocol.json import encode
from codex2api.protocol.sse import Frame

_DONE = Frame(Raw(b"[DONE]"))


class _Stage(Enum):
    """Where an answer stands; it only ever moves on."""

    SILENT = auto()
    SPEAKING = auto()
    ENDED = auto()


_SPEAKING = _Stage.SPEAKING  # looked up once: the attribute of an enum is slow


class ChatTranslator:
    """Turns the events of one answer into chat chunks."""

    def __init__(self, request: ChatRequest, head: ReplyHead) -> None:
        options = request.stream_options
        self._head = head
        self._id = completion_id(head)
        self._with_usage = bool(options and options.include_usage)
        self._growth = Growth(legacy=request.speaks_functions)
        self._content = self._growth.content
        self._stage = _Stage.SILENT
        # Nearly every frame is more content and differs from the others in that text alone.
        self._before, _, self._after = encode(self._chunk(Delta(content=""))).rpartition(b'""')

    def feed(self, event: UpstreamEvent) -> Iterable[Frame]:
        """Frames that one event causes; events after the end cause none."""
        if type(event) is TextDelta and self._stage is _SPEAKING and event.delta:
            text = self._content.grow((event.output_index, event.content_index), event.delta)
            return (Frame(Raw(self._before + encode(text) + self._after)),)
        if self._stage is _Stage.ENDED:
            return ()
        if isinstance(event, Completed | Incomplete):
            return list(self._finish(event.response))
        return list(self._frames(news_of(event, self._growth)))

    def close(self) -> Iterable[Frame]:
        """Nothing more.

        Raises:
            ApiError: The stream was cut before its terminal event.
        """
        if self._stage is not _Stage.ENDED:
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, CUT_MESSAGE)
        return ()

    def fail(self, error: ApiError) -> Iterable[Frame]:
        """One error frame and no ``[DONE]``: the answer must not look finished."""
        if self._stage is _Stage.ENDED:
            return ()
        self._stage = _Stage.ENDED
        return (Frame(openai_error(error)),)

    def _frames(self, news: Iterable[Delta]) -> Iterator[Frame]:
        for delta in news:
            if self._stage is _Stage.SILENT:
                yield self._begin("" if delta.content else None)
            yield Frame(self._chunk(delta))

    def _begin(self, content: str | None) -> Frame:
        self._stage = _Stage.SPEAKING
        return Frame(self._chunk(Delta(role="assistant", content=content, refusal=None)))

    def _finish(self, ending: Response) -> Iterator[Frame]:
        growth = self._growth
        if self._stage is _Stage.SILENT:
            yield from self._frames(self._unheard(ending))
        if self._stage is _Stage.SILENT:
            yield self._begin("")
        if citations := growth.citations():
            yield Frame(self._chunk(Delta(annotations=citations)))
        tier = ending.service_tier or UNSET
        reason = growth.finish_reason(ending)
        yield Frame(self._chunk(Delta(), finish_reason=reason, service_tier=tier))
        if self._with_usage and ending.usage is not None:
            yield Frame(self._envelope([], chat_usage(ending.usage), tier))
        self._stage = _Stage.ENDED
        yield _DONE

    def _unheard(self, ending: Response) -> Iterator[Delta]:
        for output_index, item in enumerate(ending.output or ()):
            yield from self._growth.settle_item(output_index, item)

    def _chunk(
        self,
        delta: Delta,
        finish_reason: FinishReason | None = None,
        service_tier: str | UnsetType = UNSET,
    ) -> Chunk:
        choice = ChunkChoice(delta=delta, finish_reason=finish_reason)
        return self._envelope([choice], None if self._with_usage else UNSET, service_tier)

    def _envelope(
        self,
        choices: list[ChunkChoice],
        usage: ChatUsage | UnsetType | None,
        service_tier: str | UnsetType,
    ) -> Chunk:
        return Chunk(
            id=self._id,
            created=self._head.created,
            model=self._head.model,
            choices=choices,
            usage=usage,
            service_tier=service_tier,
        )
