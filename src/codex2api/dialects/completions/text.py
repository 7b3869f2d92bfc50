"""What each piece of upstream news adds to the one text of a choice.

Everything is told twice, in deltas and once more whole; the strand knows what was passed on.
A refusal is text, too: it is what the model wrote, and this API has no other place for it.
"""

from collections.abc import Iterable

from codex2api.dialects.openai_strand import Strand
from codex2api.protocol.events import (
    ItemDone,
    PartDone,
    PartEvent,
    RefusalDelta,
    RefusalDone,
    TextDelta,
    TextDone,
    UpstreamEvent,
)
from codex2api.protocol.items import Item, Part


def news_of(event: UpstreamEvent, text: Strand) -> str:
    """The text that the caller has not heard before this event."""
    if isinstance(event, ItemDone):
        return _rest_of_item(event.output_index, event.item, text)
    if not isinstance(event, PartEvent):
        return ""
    place = (event.output_index, event.content_index)
    match event:
        case TextDelta(delta=more) | RefusalDelta(delta=more):
            return text.grow(place, more)
        case TextDone(text=whole) | RefusalDone(refusal=whole):
            return text.settle(place, whole)
        case PartDone(part=part):
            return text.settle(place, _text_of(part))
        case _:
            return ""


def rest_of(output: Iterable[Item], text: Strand) -> str:
    """The text of finished items, as far as the caller has not heard it."""
    return "".join(_rest_of_item(index, item, text) for index, item in enumerate(output))


def _rest_of_item(index: int, item: Item, text: Strand) -> str:
    if item.get("type") != "message":
        return ""
    parts = enumerate(item.get("content") or ())
    return "".join(text.settle((index, position), _text_of(part)) for position, part in parts)


def _text_of(part: Part) -> str:
    match part:
        case {"type": "output_text", "text": str(text)} | {"type": "refusal", "refusal": str(text)}:
            return text
        case _:
            return ""
