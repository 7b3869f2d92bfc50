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
from codex2api.dialects.messages.told import Step
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
from codex2api.protocol.sse import Frame, encode as encode_frames, packed

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
        self._around = (b"", b"")

    def feed(self, batch: Batch, _choice: int = 0, /) -> list[Frame]:
        """Frames that events cause; those after the ending cause none."""
        if self._ending is not None or self._over:
            return []
        frames = self._greeting()
        said: list[bytes] = []
        for event in batch:
            if type(event) is TextDelta and self._speak(event, said):
                continue
            frames += packed(said)
            said.clear()
            if self._ending is None:
                self._hear(event, frames)
        frames += packed(said)
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

    def _speak(self, event: TextDelta, said: list[bytes]) -> bool:
        """More of the open text, which nearly every event is; whether it was that."""
        speaker = self._growth.speaker
        if (
            speaker is None
            or speaker is not self._growth.item(event.output_index)
            or speaker.open != event.content_index
        ):
            return False
        if event.delta:
            speaker.note(event.content_index, event.delta)
            before, after = self._around
            said += (before, encode(event.delta), after)
        return True

    def _hear(self, event: UpstreamEvent, frames: list[Frame]) -> None:
        if not isinstance(event, Completed | Incomplete):
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
        self._around = _around_text(self._blocks - 1)
        return _frame(BlockStart(self._blocks - 1, step))


def _frame(event: Struct, name: str | None = None) -> Frame:
    return Frame(event, event=name or str(event.__struct_config__.tag))


def _around_text(index: int) -> tuple[bytes, bytes]:
    """An event of more text before and after it."""
    before, _, after = encode_frames([_frame(BlockDelta(index, TextGrows("")))]).rpartition(b'""')
    return before, after
