"""The whole answer out of a stream: every caller who does not stream gets this.

The backend's terminal event has an empty ``output`` (protocol sheet, section 3.5), so the answer is
rebuilt from the finished items, in the order of ``output_index``. What an early end left
unfinished is made good from its deltas.
"""

from collections.abc import Iterable

import msgspec

from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import (
    AnnotationAdded,
    ArgumentsDelta,
    ArgumentsDone,
    Batch,
    Created,
    CustomInputDelta,
    CustomInputDone,
    Ending,
    InProgress,
    ItemAdded,
    ItemDone,
    PartAdded,
    PartDone,
    ReasoningDelta,
    ReasoningDone,
    RefusalDelta,
    RefusalDone,
    Response,
    SummaryDelta,
    SummaryDone,
    SummaryPartAdded,
    SummaryPartDone,
    TextDelta,
    TextDone,
    UpstreamEvent,
)
from codex2api.protocol.items import Item, Part
from codex2api.protocol.runs import TextRun, runs

CUT_MESSAGE = "ChatGPT ended the stream before the answer was complete."


class Fold:
    """Gathers a stream's events into its ``Response``."""

    def __init__(self) -> None:
        self._head: Response | None = None
        self._open: dict[int, _OpenItem] = {}
        self._done: dict[int, Item] = {}
        self._ending: Response | None = None

    def hear(self, batch: Batch) -> None:
        """Take some events in, as ``feed`` does one."""
        for event in runs(batch):
            if not isinstance(event, TextRun):
                self.feed(event)
            elif self._ending is None and event.output_index not in self._done:
                self._at(event.output_index).say(event.content_index, event.texts)

    def feed(self, event: UpstreamEvent) -> None:
        """Take one event in; events after the end are ignored."""
        if self._ending is not None:
            return
        match event:
            case ItemDone(output_index=index, item=item):
                self._done[index] = item
                self._open.pop(index, None)
            case ItemAdded(output_index=index, item=item):
                self._open[index] = _OpenItem(item)
            case Ending():
                self._ending = event.told
            case Created(response=response) | InProgress(response=response):
                self._head = response
            case _:
                self._grow(event)

    def output(self) -> list[Item]:
        """The items so far, in order, unfinished ones as ``incomplete``."""
        items = {index: open_item.so_far() for index, open_item in self._open.items()} | self._done
        return [items[index] for index in sorted(items)]

    def close(self) -> Response:
        """The whole answer.

        Raises:
            ApiError: The stream was cut before its terminal event.
        """
        ending = self._ending
        if ending is None:
            raise ApiError(Kind.UPSTREAM_UNAVAILABLE, CUT_MESSAGE)
        output = self.output() or ending.output or []
        head = self._head or ending
        return msgspec.structs.replace(
            ending,
            id=ending.id or head.id,
            model=ending.model or head.model,
            created_at=ending.created_at or head.created_at,
            output=output,
        )

    def _grow(self, event: UpstreamEvent) -> None:
        index = getattr(event, "output_index", None)
        if index is None or index in self._done:
            return
        self._at(index).grow(event)

    def _at(self, index: int) -> "_OpenItem":
        item = self._open.get(index)
        if item is None:
            item = self._open[index] = _OpenItem({})
        return item


class _OpenItem:
    """An item between ``added`` and ``done``."""

    def __init__(self, item: Item) -> None:
        self._item = item
        self._parts: dict[int, _OpenPart] = {}
        self._summary: dict[int, _OpenPart] = {}
        self._input = _OpenPart({})

    def say(self, index: int, texts: list[str]) -> None:
        self._part(index, "output_text").more += texts

    def grow(self, event: UpstreamEvent) -> None:
        match event:
            case TextDelta(content_index=index, delta=text):
                self.say(index, [text])
            case ReasoningDelta(content_index=index, delta=text):
                self._part(index, "reasoning_text").more.append(text)
            case RefusalDelta(content_index=index, delta=text):
                self._part(index, "refusal").more.append(text)
            case SummaryDelta(summary_index=index, delta=text):
                self._summary_part(index).more.append(text)
            case ArgumentsDelta(delta=text) | CustomInputDelta(delta=text):
                self._input.more.append(text)
            case AnnotationAdded(content_index=index, annotation=annotation):
                self._part(index, "output_text").annotations.append(annotation)
            case _:
                self._settle_text(event)

    def _settle_text(self, event: UpstreamEvent) -> None:
        match event:
            case TextDone(content_index=index, text=text):
                self._part(index, "output_text").whole = text
            case ReasoningDone(content_index=index, text=text):
                self._part(index, "reasoning_text").whole = text
            case RefusalDone(content_index=index, refusal=text):
                self._part(index, "refusal").whole = text
            case SummaryDone(summary_index=index, text=text):
                self._summary_part(index).whole = text
            case ArgumentsDone(arguments=text) | CustomInputDone(input=text):
                self._input.whole = text
            case _:
                self._settle_part(event)

    def _settle_part(self, event: UpstreamEvent) -> None:
        match event:
            case (
                PartAdded(content_index=index, part=part) | PartDone(content_index=index, part=part)
            ):
                self._parts[index] = _OpenPart(part)
            case (
                SummaryPartAdded(summary_index=index, part=part)
                | SummaryPartDone(summary_index=index, part=part)
            ):
                self._summary[index] = _OpenPart(part)

    def so_far(self) -> Item:
        item: Item = {"type": "message"} | self._item | {"status": "incomplete"}
        match item["type"]:
            case "function_call":
                item["arguments"] = self._input.text()
            case "custom_tool_call":
                item["input"] = self._input.text()
            case "reasoning":
                item["summary"] = [part.so_far() for _, part in sorted(self._summary.items())]
                if self._parts:
                    item["content"] = [part.so_far() for _, part in sorted(self._parts.items())]
            case "message":
                item.setdefault("role", "assistant")
                item["content"] = [part.so_far() for _, part in sorted(self._parts.items())]
        return item

    def _part(self, index: int, kind: str) -> "_OpenPart":
        part = self._parts.get(index)
        if part is None:
            part = self._parts[index] = _OpenPart({"type": kind})
        return part

    def _summary_part(self, index: int) -> "_OpenPart":
        return self._summary.setdefault(index, _OpenPart({"type": "summary_text"}))


class _OpenPart:
    """A content part, a summary part or a call's input, while it grows."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self.more: list[str] = []
        self.whole: str | None = None
        self.annotations: list[dict[str, object]] = []

    def text(self) -> str:
        return "".join(self.more) if self.whole is None else self.whole

    def so_far(self) -> Part:
        field = "refusal" if self._part.get("type") == "refusal" else "text"
        part = self._part | {field: self.text() or self._part.get(field, "")}
        if part.get("type") == "output_text":
            part["annotations"] = [*part.get("annotations", ()), *self.annotations]
        return part


def fold(events: Iterable[UpstreamEvent]) -> Response:
    """The whole answer of a finished stream.

    Raises:
        ApiError: The stream was cut before its terminal event.
    """
    gathered = Fold()
    for event in events:
        gathered.feed(event)
    return gathered.close()
