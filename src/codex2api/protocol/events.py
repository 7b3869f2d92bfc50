"""What the backend says, as typed values (protocol sheet, sections 3.3 to 3.6).

A known event decodes in one pass into its Struct, fields of no use to us left behind. Everything
else, and a known event in a shape we do not know, becomes ``Other``: new vocabulary must never
break a stream. Types are permissive on purpose (``null`` where a number is usual).
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec

from codex2api.protocol.items import Item, Part
from codex2api.protocol.json import decode
from codex2api.protocol.usage import Usage


class Response(msgspec.Struct, kw_only=True):
    """The response object inside ``response.created`` and its likes, and the result of a fold.

    On this backend ``output`` is empty even in ``response.completed`` (section 3.5);
    ``protocol.fold`` fills it from the finished items.

    Attributes:
        stopped_at: The caller's stop sequence that ended it, which only ``protocol.bounds`` knows.
    """

    id: str = ""
    created_at: float | None = None
    status: str | None = None
    model: str | None = None
    output: list[Item] | None = None
    usage: Usage | None = None
    error: dict[str, Any] | None = None
    incomplete_details: dict[str, Any] | None = None
    service_tier: str | None = None
    end_turn: bool | None = None
    headers: dict[str, Any] | None = None
    stopped_at: str | None = None


class Event(msgspec.Struct, kw_only=True, tag_field="type"):
    """Any event with a type of its own."""

    @property
    def type(self) -> str:
        """The event's name on the wire."""
        return str(self.__struct_config__.tag)


class RateLimitsSeen(Event, kw_only=True, tag="codex.rate_limits"):
    """The account's limit windows; may come before anything else (section 3.6)."""

    plan_type: str | None = None
    rate_limits: dict[str, Any] | None = None
    credits: dict[str, Any] | None = None
    metered_limit_name: str | None = None


class Created(Event, kw_only=True, tag="response.created"):
    """The greeting. It carries no news: the backend may greet first and refuse next."""

    response: Response


class Queued(Event, kw_only=True, tag="response.queued"):
    """As ``Created``, a little later."""

    response: Response


class InProgress(Event, kw_only=True, tag="response.in_progress"):
    """As ``Created``, a little later."""

    response: Response


class ItemEvent(Event, kw_only=True):
    """An event about one output item as a whole."""

    output_index: int = 0
    item: Item


class ItemAdded(ItemEvent, kw_only=True, tag="response.output_item.added"):
    """An item begins; its content is still empty."""


class ItemDone(ItemEvent, kw_only=True, tag="response.output_item.done"):
    """An item as it finally is: the authority over all deltas before it."""


class PartEvent(Event, kw_only=True):
    """An event about one content part of a message or reasoning item."""

    item_id: str = ""
    output_index: int = 0
    content_index: int = 0


class PartAdded(PartEvent, kw_only=True, tag="response.content_part.added"):
    """A content part begins."""

    part: Part


class PartDone(PartEvent, kw_only=True, tag="response.content_part.done"):
    """A content part as it finally is."""

    part: Part


class TextDelta(PartEvent, kw_only=True, tag="response.output_text.delta"):
    """More text. By far the most frequent event."""

    delta: str
    logprobs: list[Any] | None = None


class TextDone(PartEvent, kw_only=True, tag="response.output_text.done"):
    """The whole text of a part."""

    text: str
    logprobs: list[Any] | None = None


class AnnotationAdded(PartEvent, kw_only=True, tag="response.output_text.annotation.added"):
    """A citation in the text before it."""

    annotation_index: int = 0
    annotation: dict[str, Any]


class RefusalDelta(PartEvent, kw_only=True, tag="response.refusal.delta"):
    """More of a refusal."""

    delta: str


class RefusalDone(PartEvent, kw_only=True, tag="response.refusal.done"):
    """The whole refusal."""

    refusal: str


class ReasoningDelta(PartEvent, kw_only=True, tag="response.reasoning_text.delta"):
    """More of a raw chain of thought (few models show one)."""

    delta: str


class ReasoningDone(PartEvent, kw_only=True, tag="response.reasoning_text.done"):
    """The whole raw chain of thought."""

    text: str


class SummaryEvent(Event, kw_only=True):
    """An event about one part of a reasoning summary."""

    item_id: str = ""
    output_index: int = 0
    summary_index: int = 0


class SummaryPartAdded(SummaryEvent, kw_only=True, tag="response.reasoning_summary_part.added"):
    """A summary part begins; flattened, parts are told apart by a blank line."""

    part: Part


class SummaryPartDone(SummaryEvent, kw_only=True, tag="response.reasoning_summary_part.done"):
    """A summary part as it finally is."""

    part: Part


class SummaryDelta(SummaryEvent, kw_only=True, tag="response.reasoning_summary_text.delta"):
    """More of a summary part."""

    delta: str


class SummaryDone(SummaryEvent, kw_only=True, tag="response.reasoning_summary_text.done"):
    """The whole text of a summary part."""

    text: str


class CallEvent(Event, kw_only=True):
    """An event about the input of a tool call; the call is known by its item, not its call id."""

    item_id: str = ""
    output_index: int = 0


class ArgumentsDelta(CallEvent, kw_only=True, tag="response.function_call_arguments.delta"):
    """More of a function call's JSON arguments."""

    delta: str


class ArgumentsDone(CallEvent, kw_only=True, tag="response.function_call_arguments.done"):
    """The whole arguments; may come without any delta before it."""

    arguments: str


class CustomInputDelta(CallEvent, kw_only=True, tag="response.custom_tool_call_input.delta"):
    """More of a custom tool's free-form input."""

    delta: str


class CustomInputDone(CallEvent, kw_only=True, tag="response.custom_tool_call_input.done"):
    """The whole input of a custom tool call."""

    input: str


class Ending(Event, kw_only=True):
    """The last event of a stream that was not cut."""

    response: Response

    @property
    def told(self) -> Response:
        """The response with the status that the event's name tells; its own may be missing."""
        return msgspec.structs.replace(self.response, status=self.type.removeprefix("response."))


class Completed(Ending, kw_only=True, tag="response.completed"):
    """All is said."""


class Incomplete(Ending, kw_only=True, tag="response.incomplete"):
    """Stopped early; ``response.incomplete_details.reason`` says why."""


class Failed(Ending, kw_only=True, tag="response.failed"):
    """Failed after HTTP 200; ``response.error`` says why. Never reaches a dialect."""


class ErrorSeen(Event, kw_only=True, tag="error"):
    """A failure in flat or nested form. Never reaches a dialect."""

    code: str | None = None
    message: str | None = None
    param: str | None = None
    status: int | None = None
    error: dict[str, Any] | None = None


class Other(msgspec.Struct, frozen=True):
    """Any event without a type of its own: tool progress, vendor events, tomorrow's events."""

    type: str
    fields: dict[str, Any]


Known: TypeAlias = (
    TextDelta
    | ArgumentsDelta
    | SummaryDelta
    | ReasoningDelta
    | CustomInputDelta
    | RefusalDelta
    | ItemAdded
    | ItemDone
    | PartAdded
    | PartDone
    | TextDone
    | AnnotationAdded
    | RefusalDone
    | ReasoningDone
    | SummaryPartAdded
    | SummaryPartDone
    | SummaryDone
    | ArgumentsDone
    | CustomInputDone
    | RateLimitsSeen
    | Created
    | Queued
    | InProgress
    | Completed
    | Incomplete
    | Failed
    | ErrorSeen
)

UpstreamEvent: TypeAlias = Known | Other

Batch: TypeAlias = list[UpstreamEvent]
"""All events that one read from the upstream completed; never empty."""

_decode_known = msgspec.json.Decoder(Known).decode
_decode_all = msgspec.json.Decoder(list[Known]).decode


def parse_events(payloads: Sequence[bytes]) -> Batch:
    """Events of the payloads that are events; noise (``[]``, ``null``, ``[DONE]``) is left out.

    All at once, as a JSON array: that is one step in the place of many for each event. Should the
    array not be what it looks like, its payloads are looked at one by one.
    """
    if len(payloads) > 1:
        try:
            known: Batch = list(_decode_all(b"[%b]" % b",".join(payloads)))
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            pass
        else:
            if len(known) == len(payloads):
                return known
    batch: Batch = []
    for payload in payloads:
        try:
            batch.append(_decode_known(payload))
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            batch += _decode_odd(payload)
    return batch


def _decode_odd(payload: bytes) -> list[UpstreamEvent]:
    # Invalid UTF-8 must cost one character, not the stream.
    text = payload.decode(errors="replace")
    try:
        return [_decode_known(text)]
    except (msgspec.MsgspecError, RecursionError):
        pass
    try:
        fields = decode(text)
    except ValueError:
        return []
    if not isinstance(fields, dict) or not isinstance(fields.get("type"), str):
        return []
    return [Other(fields["type"], fields)]
