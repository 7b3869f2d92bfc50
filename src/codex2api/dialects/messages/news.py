"""What one upstream event adds to a message."""

from collections.abc import Callable
from typing import Any

from codex2api.dialects.messages.growth import Growth
from codex2api.protocol.events import (
    AnnotationAdded,
    ArgumentsDelta,
    ArgumentsDone,
    ItemAdded,
    ItemDone,
    PartDone,
    ReasoningDelta,
    ReasoningDone,
    RefusalDelta,
    RefusalDone,
    SummaryDelta,
    SummaryDone,
    SummaryPartDone,
    TextDelta,
    TextDone,
    UpstreamEvent,
)


def hear(event: UpstreamEvent, growth: Growth) -> None:
    """Take one event in."""
    heard = _HEARD.get(type(event))
    if heard is not None:
        heard(event, growth)


def _text(event: TextDelta, growth: Growth) -> None:
    if told := growth.message(event.output_index):
        told.grow(event.content_index, event.delta)


def _text_done(event: TextDone, growth: Growth) -> None:
    if told := growth.message(event.output_index):
        told.settle_text(event.content_index, event.text)


def _refusal(event: RefusalDelta, growth: Growth) -> None:
    if told := growth.message(event.output_index):
        told.refuse(event.content_index, event.delta)


def _refusal_done(event: RefusalDone, growth: Growth) -> None:
    if told := growth.message(event.output_index):
        told.refuses = True
        told.settle_text(event.content_index, event.refusal)


def _annotation(event: AnnotationAdded, growth: Growth) -> None:
    if told := growth.message(event.output_index):
        told.cite(event.content_index, event.annotation)


def _part_done(event: PartDone, growth: Growth) -> None:
    if event.part.get("type") not in ("output_text", "refusal"):
        return
    if told := growth.message(event.output_index):
        told.settle_part(event.content_index, event.part)


def _thought(event: ReasoningDelta, growth: Growth) -> None:
    if told := growth.reasoning(event.output_index):
        told.grow("content", event.content_index, event.delta)


def _thought_done(event: ReasoningDone, growth: Growth) -> None:
    if told := growth.reasoning(event.output_index):
        told.settle_text("content", event.content_index, event.text)


def _summary(event: SummaryDelta, growth: Growth) -> None:
    if told := growth.reasoning(event.output_index):
        told.grow("summary", event.summary_index, event.delta)


def _summary_done(event: SummaryDone, growth: Growth) -> None:
    if told := growth.reasoning(event.output_index):
        told.settle_text("summary", event.summary_index, event.text)


def _summary_part_done(event: SummaryPartDone, growth: Growth) -> None:
    text = event.part.get("text")
    if isinstance(text, str) and (told := growth.reasoning(event.output_index)):
        told.settle_text("summary", event.summary_index, text)


def _arguments(event: ArgumentsDelta, growth: Growth) -> None:
    if told := growth.call(event.output_index):
        told.grow(event.delta)


def _arguments_done(event: ArgumentsDone, growth: Growth) -> None:
    if told := growth.call(event.output_index):
        told.settle_input(event.arguments)


def _item_added(event: ItemAdded, growth: Growth) -> None:
    growth.begin(event.output_index, event.item)


def _item_done(event: ItemDone, growth: Growth) -> None:
    growth.settle(event.output_index, event.item)


_HEARD: dict[type, Callable[[Any, Growth], None]] = {
    TextDelta: _text,
    TextDone: _text_done,
    RefusalDelta: _refusal,
    RefusalDone: _refusal_done,
    AnnotationAdded: _annotation,
    PartDone: _part_done,
    ReasoningDelta: _thought,
    ReasoningDone: _thought_done,
    SummaryDelta: _summary,
    SummaryDone: _summary_done,
    SummaryPartDone: _summary_part_done,
    ArgumentsDelta: _arguments,
    ArgumentsDone: _arguments_done,
    ItemAdded: _item_added,
    ItemDone: _item_done,
}
