"""What one upstream event adds to a chat message."""

from collections.abc import Callable, Iterable
from typing import Any

from codex2api.dialects.chat.answer import Delta
from codex2api.dialects.chat.growth import (
    Growth,
    content_delta,
    refusal_delta,
    summary_place,
    thought_place,
)
from codex2api.protocol.events import (
    AnnotationAdded,
    ArgumentsDelta,
    ArgumentsDone,
    CustomInputDelta,
    CustomInputDone,
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

_CALLS = ("function_call", "custom_tool_call")

News = Iterable[Delta]


def news_of(event: UpstreamEvent, growth: Growth) -> News:
    """What the caller has not heard before this event."""
    hear = _HEARD.get(type(event))
    return hear(event, growth) if hear else ()


def _text_delta(event: TextDelta, growth: Growth) -> News:
    place = (event.output_index, event.content_index)
    return content_delta(growth.content.grow(place, event.delta))


def _text_done(event: TextDone, growth: Growth) -> News:
    place = (event.output_index, event.content_index)
    return content_delta(growth.content.settle(place, event.text))


def _refusal_delta(event: RefusalDelta, growth: Growth) -> News:
    place = (event.output_index, event.content_index)
    return refusal_delta(growth.refusal.grow(place, event.delta))


def _refusal_done(event: RefusalDone, growth: Growth) -> News:
    place = (event.output_index, event.content_index)
    return refusal_delta(growth.refusal.settle(place, event.refusal))


def _part_done(event: PartDone, growth: Growth) -> News:
    return growth.settle_part((event.output_index, event.content_index), event.part)


def _annotation(event: AnnotationAdded, growth: Growth) -> News:
    growth.annotate((event.output_index, event.content_index), event.annotation)
    return ()


def _thought_delta(event: ReasoningDelta, growth: Growth) -> News:
    place = thought_place(event.output_index, event.content_index)
    return growth.reasoned(growth.reasoning.grow(place, event.delta))


def _thought_done(event: ReasoningDone, growth: Growth) -> News:
    place = thought_place(event.output_index, event.content_index)
    return growth.reasoned(growth.reasoning.settle(place, event.text))


def _summary_delta(event: SummaryDelta, growth: Growth) -> News:
    place = summary_place(event.output_index, event.summary_index)
    return growth.reasoned(growth.reasoning.grow(place, event.delta))


def _summary_done(event: SummaryDone, growth: Growth) -> News:
    place = summary_place(event.output_index, event.summary_index)
    return growth.reasoned(growth.reasoning.settle(place, event.text))


def _summary_part_done(event: SummaryPartDone, growth: Growth) -> News:
    text = event.part.get("text")
    if not isinstance(text, str):
        return ()
    place = summary_place(event.output_index, event.summary_index)
    return growth.reasoned(growth.reasoning.settle(place, text))


def _item_added(event: ItemAdded, growth: Growth) -> News:
    if event.item.get("type") not in _CALLS:
        return ()
    return growth.calls.begin(event.output_index, event.item)


def _item_done(event: ItemDone, growth: Growth) -> News:
    return growth.settle_item(event.output_index, event.item)


def _call_delta(event: ArgumentsDelta | CustomInputDelta, growth: Growth) -> News:
    return growth.calls.grow(event.output_index, event.delta)


def _arguments_done(event: ArgumentsDone, growth: Growth) -> News:
    return growth.calls.settle(event.output_index, event.arguments)


def _input_done(event: CustomInputDone, growth: Growth) -> News:
    return growth.calls.settle(event.output_index, event.input)


_HEARD: dict[type, Callable[[Any, Growth], News]] = {
    TextDelta: _text_delta,
    TextDone: _text_done,
    RefusalDelta: _refusal_delta,
    RefusalDone: _refusal_done,
    PartDone: _part_done,
    AnnotationAdded: _annotation,
    ReasoningDelta: _thought_delta,
    ReasoningDone: _thought_done,
    SummaryDelta: _summary_delta,
    SummaryDone: _summary_done,
    SummaryPartDone: _summary_part_done,
    ItemAdded: _item_added,
    ItemDone: _item_done,
    ArgumentsDelta: _call_delta,
    ArgumentsDone: _arguments_done,
    CustomInputDelta: _call_delta,
    CustomInputDone: _input_done,
}
"""A table and no ``match``: it is asked of every event, and class patterns are tried one by one."""
