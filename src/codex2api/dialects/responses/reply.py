"""The streamed answer: the backend's events as the public API has them.

The two vocabularies are nearly one, so the work is in what differs: events and fields that are not
public, the sequence numbers, the greeting that must come first, and the final object, whose output
the backend leaves empty.
"""

from collections.abc import Sequence
from enum import Enum
from itertools import repeat
from operator import attrgetter
from typing import Any

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.openai_error import openai_error
from codex2api.dialects.responses.events import (
    Growth,
    TextDeltaFrame,
    is_public,
    opening,
    progress_fields,
    public_fields,
)
from codex2api.dialects.responses.items import begun_item, public_item
from codex2api.dialects.responses.response import begun, failed, finished
from codex2api.dialects.responses.schema import CreateResponse, ResponseObject
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import (
    ArgumentsDone,
    Batch,
    CallEvent,
    Completed,
    Created,
    Incomplete,
    InProgress,
    ItemAdded,
    ItemDone,
    Other,
    PartAdded,
    PartEvent,
    Queued,
    Response,
    SummaryEvent,
    TextDelta,
    UpstreamEvent,
)
from codex2api.protocol.fold import CUT_MESSAGE, Fold
from codex2api.protocol.items import Item
from codex2api.protocol.json import encode
from codex2api.protocol.runs import TextRun, runs
from codex2api.protocol.sse import Frame

_TEXT_DELTA = b"event: response.output_text.delta\ndata: "
_END = b"\n\n"

_ITEM_ID = attrgetter("item_id")
_TEXT = attrgetter("delta")

_NO_LOGPROBS: list[Any] = []

_LIFECYCLE = (Created, Queued, InProgress, Completed, Incomplete)


class _Stage(Enum):
    SILENT = "nothing sent yet"
    SPEAKING = "the greeting is sent"
    ENDED = "the ending is sent"


class _OpenItem:
    """An item that is not finished, and what was said of it so far.

    Folding a delta costs more than sending it and is in vain once the finished item comes, so
    events wait here until it is known that it will not come.
    """

    __slots__ = ("events", "name", "parts", "shown")

    def __init__(self) -> None:
        self.events: list[ItemAdded | Growth] = []
        self.name = ""
        self.parts: set[int] = set()
        self.shown = False


class ResponsesTranslator:
    """Turns one answer's events into Responses stream events."""

    def __init__(self, request: CreateResponse, head: ReplyHead) -> None:
        self._request = request
        self._head = head
        self._stage = _Stage.SILENT
        self._number = 0
        self._begun = begun(request, head, Response())
        self._fold = Fold()
        self._open: dict[int, _OpenItem] = {}
        self._done: set[int] = set()

    def feed(self, batch: Batch, _choice: int = 0, /) -> list[Frame]:
        """Frames that events cause; there is one choice."""
        frames: list[Frame] = []
        for event in runs(batch):
            if isinstance(event, TextRun):
                self._hear_text(event, frames)
            else:
                frames += self._hear(event)
        return frames

    def _hear_text(self, run: TextRun, frames: list[Frame]) -> None:
        while run.events and not self._goes_on(run):
            frames += self._hear(run.events.pop(0))
        if run.events:
            self._open[run.output_index].events += run.events
            frames.append(self._text(run))

    def _goes_on(self, run: TextRun) -> bool:
        """Whether it is text of a part that the caller has seen begin."""
        item = self._open.get(run.output_index)
        return item is not None and run.content_index in item.parts

    def close(self) -> list[Frame]:
        """Nothing: the terminal event was the end.

        Raises:
            ApiError: The stream was cut before its terminal event.
        """
        if self._stage is not _Stage.ENDED:
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, CUT_MESSAGE)
        return []

    def fail(self, error: ApiError) -> list[Frame]:
        """``response.failed``, which Codex reads, then ``error``, which the SDKs raise.

        OpenAI's clients raise on an event with an ``error`` object only, while the published schema
        has its fields at the top: the event has both.
        """
        if self._stage is _Stage.ENDED:
            return []
        silent = self._stage is _Stage.SILENT
        self._stop()
        detail = openai_error(error).error
        flat = {"code": detail.code, "message": detail.message, "param": detail.param}
        return [
            *([self._lifecycle("response.created", self._begun)] if silent else ()),
            self._lifecycle("response.failed", failed(self._begun, error)),
            self._frame("error", flat | {"error": detail}),
        ]

    def _hear(self, event: UpstreamEvent) -> Sequence[Frame]:
        if self._stage is _Stage.SPEAKING:
            return self._go_on(event)
        return self._first(event) if self._stage is _Stage.SILENT else ()

    def _first(self, event: UpstreamEvent) -> Sequence[Frame]:
        if not is_public(event):
            return ()
        if isinstance(event, _LIFECYCLE):
            self._begun = begun(self._request, self._head, event.response)
        self._stage = _Stage.SPEAKING
        greeting = self._lifecycle("response.created", self._begun)
        if isinstance(event, Created):
            self._fold.feed(event)
            return (greeting,)
        return (greeting, *self._go_on(event))

    def _go_on(self, event: UpstreamEvent) -> Sequence[Frame]:
        frames: Sequence[Frame] = ()
        match event:
            case PartEvent() | SummaryEvent() | CallEvent():
                frames = self._within_item(event)
            case ItemAdded():
                frames = self._item_added(event)
            case ItemDone():
                frames = self._item_done(event)
            case InProgress() | Queued():
                self._fold.feed(event)
                frames = (self._lifecycle(event.type, self._begun),)
            case Created():
                self._fold.feed(event)
            case Completed() | Incomplete():
                frames = self._end(event)
            case Other() if is_public(event):
                frames = (self._frame(event.type, progress_fields(event)),)
        return frames

    def _within_item(self, event: Growth) -> Sequence[Frame]:
        item = self._open.get(event.output_index)
        if item is None:
            if event.output_index in self._done:
                return ()
            item = self._open[event.output_index] = _OpenItem()
        item.events.append(event)
        return self._grown(event, item) if item.shown else ()

    def _item_added(self, event: ItemAdded) -> Sequence[Frame]:
        if event.output_index in self._done:
            return ()
        item = self._open.setdefault(event.output_index, _OpenItem())
        frames = () if item.shown else self._show(event.output_index, event.item)
        item.events.append(event)
        return frames

    def _item_done(self, event: ItemDone) -> Sequence[Frame]:
        self._fold.feed(event)
        if event.output_index in self._done:
            return ()
        finished_item = public_item(event.item, self._own_id(event.output_index))
        return self._finish_item(event.output_index, finished_item)

    def _finish_item(self, index: int, item: Item) -> Sequence[Frame]:
        """The item's last event, and its first ones if they were never sent."""
        shown = index in self._open and self._open[index].shown
        frames = [] if shown else self._show(index, item)
        self._open.pop(index, None)
        self._done.add(index)
        fields = {"output_index": index, "item": item}
        return [*frames, self._frame("response.output_item.done", fields)]

    def _show(self, index: int, item: Item) -> list[Frame]:
        """The item's beginning, and what came before it."""
        opened = self._open.setdefault(index, _OpenItem())
        opened.shown = True
        opened.name = item.get("name") or ""
        fields = {"output_index": index, "item": begun_item(item, self._own_id(index))}
        return [
            self._frame("response.output_item.added", fields),
            *(
                frame
                for event in opened.events
                if not isinstance(event, ItemAdded)
                for frame in self._grown(event, opened)
            ),
        ]

    def _end(self, event: Completed | Incomplete) -> Sequence[Frame]:
        for item in self._open.values():
            for waiting in item.events:
                self._fold.feed(waiting)
        self._fold.feed(event)
        final = finished(self._begun, self._head, self._fold.close())
        frames = self._unfinished(final.output)
        self._stop()
        return (*frames, self._lifecycle(f"response.{final.status}", final))

    def _unfinished(self, output: list[Item]) -> list[Frame]:
        # Codex believes only finished items: what the end alone shows is sent as such before it.
        indexes = sorted(self._open.keys() | self._done) or range(len(output))
        return [
            frame
            for index, item in zip(indexes, output, strict=True)
            if index not in self._done
            for frame in self._finish_item(index, item)
        ]

    def _stop(self) -> None:
        self._stage = _Stage.ENDED
        self._open.clear()  # more text of a part is looked up here alone

    def _own_id(self, index: int) -> str:
        return f"{self._head.id}_{index}"

    def _grown(self, event: Growth, item: _OpenItem) -> Sequence[Frame]:
        if not isinstance(event, PartEvent) or event.content_index in item.parts:
            return () if isinstance(event, PartAdded) else (self._event(event, item),)
        item.parts.add(event.content_index)
        if isinstance(event, PartAdded):
            return (self._event(event, item),)
        # OpenAI's client breaks on the text of a part that it has not seen begin.
        return (self._event(opening(event), item), self._event(event, item))

    def _event(self, event: Growth, item: _OpenItem) -> Frame:
        match event:
            case TextDelta():
                return self._text(TextRun(event.output_index, event.content_index, [event]))
            case ArgumentsDone():
                return self._frame(event.type, public_fields(event) | {"name": item.name})
        return self._frame(event.type, public_fields(event))

    def _text(self, run: TextRun) -> Frame:
        number, events = self._number, run.events
        self._number = number + len(events)
        told = map(
            TextDeltaFrame,
            range(number, self._number),
            map(_ITEM_ID, events),
            repeat(run.output_index),
            repeat(run.content_index),
            map(_TEXT, events),
            [event.logprobs or _NO_LOGPROBS for event in events],
        )
        said = (_END + _TEXT_DELTA).join(map(encode, told))
        return Frame(_TEXT_DELTA + said + _END, packed=True)

    def _lifecycle(self, kind: str, response: ResponseObject) -> Frame:
        return self._frame(kind, {"response": response})

    def _frame(self, kind: str, fields: dict[str, Any]) -> Frame:
        number = self._number
        self._number = number + 1
        return Frame({"type": kind, "sequence_number": number} | fields, kind)
