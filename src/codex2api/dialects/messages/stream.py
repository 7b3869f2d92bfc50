"""The streamed reply."""

from msgspec import Raw, Struct

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.messages.answer import (
    BlockDelta,
    BlockStart,
    BlockStop,
    CitationsDelta,
    InputDelta,
    MessageDelta,
    MessageReply,
    MessageStart,
    MessageStop,
    SignatureDelta,
    TextDelta as TextGrows,
    ThinkingDelta,
    Usage,
)
from codex2api.dialects.messages.error import anthropic_error
from codex2api.dialects.messages.growth import Growth
from codex2api.dialects.messages.news import hear
from codex2api.dialects.messages.reply import ended, message_id, usage
from codex2api.dialects.messages.schema import MessagesRequest
from codex2api.dialects.messages.told import Step, ToldMessage
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import (
    Batch,
    Ending,
    Response,
    UpstreamEvent,
)
from codex2api.protocol.fold import CUT_MESSAGE
from codex2api.protocol.runs import TextRun, runs
from codex2api.protocol.sse import Frame, TextFrames, encode as encode_frames

PING = encode_frames([Frame(Raw(b'{"type":"ping"}'), event="ping")])
"""The heartbeat: clients pass over it."""

_DELTAS = (TextGrows, ThinkingDelta, SignatureDelta, InputDelta, CitationsDelta)


class MessagesTranslator:
    """Turns the events of an answer into those of a message."""

    def __init__(self, request: MessagesRequest, head: ReplyHead) -> None:
        self._start = MessageReply(id=message_id(head), model=request.model, usage=Usage())
        self._growth = Growth(request)
        self._begun = False
        self._over = False
        self._ending: Response | None = None
        self._blocks = 0
        self._more = _more_text(0)

    def feed(self, batch: Batch, _choice: int = 0, /) -> list[Frame]:
        """Frames that events cause; those after the ending cause none."""
        if self._ending is not None or self._over:
            return []
        frames = self._greeting()
        for event in runs(batch):
            if isinstance(event, TextRun):
                self._hear_text(event, frames)
            else:
                self._hear(event, frames)
        return frames

    def close(self) -> list[Frame]:
        """The mark of the end.

        Raises:
            ApiError: The stream was cut before its terminal event.
        """
        if self._ending is None:
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, CUT_MESSAGE)
        self._over = True
        return [_frame(MessageStop())]

    def fail(self, error: ApiError) -> list[Frame]:
        """One error event in the place of all that was to come."""
        if self._over:
            return []
        self._over = True
        return [_frame(anthropic_error(error), "error")]

    def _greeting(self) -> list[Frame]:
        if self._begun:
            return []
        self._begun = True
        return [_frame(MessageStart(self._start))]

    def _hear_text(self, run: TextRun, frames: list[Frame]) -> None:
        speaker = self._speaker(run)
        while run.events and speaker is None:
            self._hear(run.events.pop(0), frames)
            speaker = self._speaker(run)
        if speaker is not None and (texts := run.texts):
            speaker.note(run.content_index, "".join(texts))
            frames.append(self._more.of(texts))

    def _speaker(self, run: TextRun) -> ToldMessage | None:
        """The message whose turn it is, if it is the open part of it that grows."""
        speaker = self._growth.speaker
        if speaker is None or speaker is not self._growth.item(run.output_index):
            return None
        return speaker if speaker.open == run.content_index else None

    def _hear(self, event: UpstreamEvent, frames: list[Frame]) -> None:
        if self._ending is not None:
            return
        if not isinstance(event, Ending):
            hear(event, self._growth)
            self._tell(frames)
            return
        ending = self._ending = event.told
        if self._growth.empty:
            for output_index, item in enumerate(ending.output or ()):
                self._growth.settle(output_index, item)
        self._growth.end()
        self._tell(frames)
        delta = MessageDelta(ended(self._growth, ending), usage(ending.usage, self._growth))
        frames.append(_frame(delta))

    def _tell(self, frames: list[Frame]) -> None:
        frames += [self._step(step) for step in self._growth.steps()]

    def _step(self, step: Step) -> Frame:
        if step is None:
            return _frame(BlockStop(self._blocks - 1))
        if isinstance(step, _DELTAS):
            return _frame(BlockDelta(self._blocks - 1, step))
        self._blocks += 1
        self._more = _more_text(self._blocks - 1)
        return _frame(BlockStart(self._blocks - 1, step))


def _frame(event: Struct, name: str | None = None) -> Frame:
    return Frame(event, event=name or str(event.__struct_config__.tag))


def _more_text(index: int) -> TextFrames:
    """What makes the events of more text of a block."""
    return TextFrames(_frame(BlockDelta(index, TextGrows(""))))
