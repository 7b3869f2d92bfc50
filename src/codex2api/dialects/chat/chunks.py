"""The chunks of one streamed answer, and what all of them repeat."""

from msgspec import UNSET, UnsetType

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.chat.answer import (
    Chunk,
    ChunkChoice,
    Delta,
    FinishReason,
    completion_id,
)
from codex2api.dialects.openai_usage import CompletionUsage
from codex2api.protocol.events import Response
from codex2api.protocol.sse import Frame, TextFrames


class Chunks:
    """Makes the frames of an answer.

    Args:
        head: What they repeat.
        with_usage: Every chunk says ``usage: null``, because one at the end will have it.
    """

    def __init__(self, head: ReplyHead, *, with_usage: bool) -> None:
        self._id = completion_id(head)
        self._created = head.created
        self._model = head.model
        self._no_usage: UnsetType | None = None if with_usage else UNSET

    def of(
        self,
        choice: int,
        delta: Delta,
        finish_reason: FinishReason | None = None,
        service_tier: str | UnsetType = UNSET,
    ) -> Frame:
        """A chunk that adds ``delta`` to a choice."""
        grown = ChunkChoice(index=choice, delta=delta, finish_reason=finish_reason)
        return Frame(self._chunk([grown], self._no_usage, service_tier))

    def with_usage(self, usage: CompletionUsage, ending: Response) -> Frame:
        """The last chunk for those who asked for the usage; it has no choices."""
        return Frame(self._chunk([], usage, ending.service_tier or UNSET))

    def more_content(self, choice: int) -> TextFrames:
        """What makes the frames of more content."""
        empty = ChunkChoice(index=choice, delta=Delta(content=""), finish_reason=None)
        return TextFrames(Frame(self._chunk([empty], self._no_usage, UNSET)))

    def _chunk(
        self,
        choices: list[ChunkChoice],
        usage: CompletionUsage | UnsetType | None,
        service_tier: str | UnsetType,
    ) -> Chunk:
        return Chunk(
            id=self._id,
            created=self._created,
            model=self._model,
            choices=choices,
            usage=usage,
            service_tier=service_tier,
        )
