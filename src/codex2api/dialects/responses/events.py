"""Public stream events: which fields of each the caller may see.

Everything goes out as a plain object built from these lists, so a field that the backend invents
never gets through. The text delta, by far the most frequent, has a Struct of its own, which encodes
faster.
"""

from typing import Any, TypeAlias

import msgspec

from codex2api.dialects.responses.items import public_annotation, public_part
from codex2api.protocol.events import (
    AnnotationAdded,
    ArgumentsDelta,
    ArgumentsDone,
    CustomInputDelta,
    CustomInputDone,
    ErrorSeen,
    Failed,
    Other,
    PartAdded,
    PartDone,
    PartEvent,
    RateLimitsSeen,
    ReasoningDelta,
    ReasoningDone,
    RefusalDelta,
    RefusalDone,
    SummaryDelta,
    SummaryDone,
    SummaryPartAdded,
    SummaryPartDone,
    TextDelta,
    TextDone,
    UpstreamEvent,
)


class TextDeltaFrame(msgspec.Struct, gc=False, tag_field="type", tag="response.output_text.delta"):
    """The payload of the most frequent event; fields are given by position, for speed."""

    sequence_number: int
    item_id: str
    output_index: int
    content_index: int
    delta: str
    logprobs: list[Any]


Growth: TypeAlias = (
    TextDelta
    | PartAdded
    | PartDone
    | TextDone
    | AnnotationAdded
    | RefusalDelta
    | RefusalDone
    | ReasoningDelta
    | ReasoningDone
    | SummaryPartAdded
    | SummaryPartDone
    | SummaryDelta
    | SummaryDone
    | ArgumentsDelta
    | ArgumentsDone
    | CustomInputDelta
    | CustomInputDone
)
"""An event between the beginning and the end of an item."""

_IN_PART = ("item_id", "output_index", "content_index")
_IN_SUMMARY = ("item_id", "output_index", "summary_index")
_IN_CALL = ("item_id", "output_index")

_FIELDS: dict[type, tuple[str, ...]] = {
    PartAdded: _IN_PART,
    PartDone: _IN_PART,
    TextDone: (*_IN_PART, "text"),
    AnnotationAdded: (*_IN_PART, "annotation_index", "annotation"),
    RefusalDelta: (*_IN_PART, "delta"),
    RefusalDone: (*_IN_PART, "refusal"),
    ReasoningDelta: (*_IN_PART, "delta"),
    ReasoningDone: (*_IN_PART, "text"),
    SummaryPartAdded: _IN_SUMMARY,
    SummaryPartDone: _IN_SUMMARY,
    SummaryDelta: (*_IN_SUMMARY, "delta"),
    SummaryDone: (*_IN_SUMMARY, "text"),
    ArgumentsDelta: (*_IN_CALL, "delta"),
    ArgumentsDone: (*_IN_CALL, "arguments"),
    CustomInputDelta: (*_IN_CALL, "delta"),
    CustomInputDone: (*_IN_CALL, "input"),
}

_PROGRESS: dict[str, tuple[str, ...]] = {
    "response.web_search_call.in_progress": _IN_CALL,
    "response.web_search_call.searching": _IN_CALL,
    "response.web_search_call.completed": _IN_CALL,
    "response.image_generation_call.in_progress": _IN_CALL,
    "response.image_generation_call.generating": _IN_CALL,
    "response.image_generation_call.completed": _IN_CALL,
    "response.image_generation_call.partial_image": (
        *_IN_CALL,
        "partial_image_index",
        "partial_image_b64",
        "size",
        "quality",
        "background",
        "output_format",
    ),
}
"""Progress of the hosted tools that the backend offers."""


def is_public(event: UpstreamEvent) -> bool:
    """Whether the public API has such an event; the backend has many of its own."""
    if isinstance(event, Other):
        return event.type in _PROGRESS
    return not isinstance(event, RateLimitsSeen | Failed | ErrorSeen)


def public_fields(event: Growth) -> dict[str, Any]:
    """The fields of an event within an item that callers may see."""
    fields = {name: getattr(event, name) for name in _FIELDS[type(event)]}
    match event:
        case (
            PartAdded(part=part)
            | PartDone(part=part)
            | SummaryPartAdded(part=part)
            | SummaryPartDone(part=part)
        ):
            fields["part"] = public_part(part)
        case AnnotationAdded(annotation=annotation):
            fields["annotation"] = public_annotation(annotation)
        case TextDone(logprobs=logprobs):
            fields["logprobs"] = logprobs or []
    return fields


def opening(event: PartEvent) -> PartAdded:
    """The beginning of the content part that the event belongs to, where there was none."""
    match event:
        case PartDone(part=part):
            kind = part.get("type", "")
        case RefusalDelta() | RefusalDone():
            kind = "refusal"
        case ReasoningDelta() | ReasoningDone():
            kind = "reasoning_text"
        case _:
            kind = "output_text"
    return PartAdded(
        item_id=event.item_id,
        output_index=event.output_index,
        content_index=event.content_index,
        part={"type": kind},
    )


def progress_fields(event: Other) -> dict[str, Any]:
    """The fields of a hosted tool's progress that callers may see."""
    names = _PROGRESS[event.type]
    return {name: event.fields[name] for name in names if name in event.fields}
