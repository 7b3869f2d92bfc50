"""What one upstream event adds to a chat message."""

from collections.abc import Iterable

from codex2api.dialects.chat.answer import Delta
from codex2api.dialects.chat.growth import (
    Growth,
    content_delta,
    reasoning_delta,
    refusal_delta,
    summary_place,
    thought_place,
)
from codex2api.protocol.events import (
    AnnotationAdded,
    ArgumentsDelta,
    ArgumentsDone,
    CallEvent,
    CustomInputDelta,
    CustomInputDone,
    ItemAdded,
    ItemDone,
    PartDone,
    PartEvent,
    ReasoningDelta,
    ReasoningDone,
    RefusalDelta,
    RefusalDone,
    SummaryDelta,
    SummaryDone,
    SummaryEvent,
    SummaryPartDone,
    TextDelta,
    TextDone,
    UpstreamEvent,
)

_CALLS = ("function_call", "custom_tool_call")


def news_of(event: UpstreamEvent, growth: Growth) -> Iterable[Delta]:
    """What the caller has not heard before this event."""
    match event:
        case PartEvent():
            return _of_part(event, growth)
        case SummaryEvent():
            return _of_summary(event, growth)
        case CallEvent():
            return _of_call(event, growth)
        case ItemAdded(output_index=index, item=item) if item.get("type") in _CALLS:
            return growth.calls.begin(index, item)
        case ItemDone(output_index=index, item=item):
            return growth.settle_item(index, item)
        case _:
            return ()


def _of_part(event: PartEvent, growth: Growth) -> Iterable[Delta]:
    place = (event.output_index, event.content_index)
    match event:
        case TextDelta(delta=text):
            return content_delta(growth.content.grow(place, text))
        case TextDone(text=text):
            return content_delta(growth.content.settle(place, text))
        case RefusalDelta(delta=text):
            return refusal_delta(growth.refusal.grow(place, text))
        case RefusalDone(refusal=text):
            return refusal_delta(growth.refusal.settle(place, text))
        case PartDone(part=part):
            return growth.settle_part(place, part)
        case _:
            return _of_thought_or_annotation(event, growth)


def _of_thought_or_annotation(event: PartEvent, growth: Growth) -> Iterable[Delta]:
    index, part = event.output_index, event.content_index
    match event:
        case ReasoningDelta(delta=text):
            return reasoning_delta(growth.reasoning.grow(thought_place(index, part), text))
        case ReasoningDone(text=text):
            return reasoning_delta(growth.reasoning.settle(thought_place(index, part), text))
        case AnnotationAdded(annotation=annotation):
            growth.annotate((index, part), annotation)
    return ()


def _of_summary(event: SummaryEvent, growth: Growth) -> Iterable[Delta]:
    place = summary_place(event.output_index, event.summary_index)
    match event:
        case SummaryDelta(delta=text):
            return reasoning_delta(growth.reasoning.grow(place, text))
        case SummaryDone(text=text) | SummaryPartDone(part={"text": str(text)}):
            return reasoning_delta(growth.reasoning.settle(place, text))
        case _:
            return ()


def _of_call(event: CallEvent, growth: Growth) -> Iterable[Delta]:
    index = event.output_index
    match event:
        case ArgumentsDelta(delta=text) | CustomInputDelta(delta=text):
            return growth.calls.grow(index, text)
        case ArgumentsDone(arguments=text) | CustomInputDone(input=text):
            return growth.calls.settle(index, text)
        case _:
            return ()
