"""Upstream events as tests write them: small builders with sensible defaults.

A builder whose name is a noun of one event gives that event (``text("hi")``); the three that play
a whole item from ``added`` to ``done`` give a list and are spliced in:
``[*message("hi"), completed()]``.
"""

from collections.abc import Iterable
from typing import Any

from codex2api.protocol import json
from codex2api.protocol.events import (
    AnnotationAdded,
    ArgumentsDelta,
    ArgumentsDone,
    Completed,
    Created,
    CustomInputDelta,
    CustomInputDone,
    ErrorSeen,
    Failed,
    Incomplete,
    InProgress,
    ItemAdded,
    ItemDone,
    PartAdded,
    PartDone,
    RateLimitsSeen,
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
from codex2api.protocol.items import Item
from codex2api.protocol.usage import InputTokens, OutputTokens, Usage

MODEL = "gpt-5.5"
RESPONSE_ID = "resp_1"


def created(model: str = MODEL) -> Created:
    return Created(response=Response(id=RESPONSE_ID, status="in_progress", model=model, output=[]))


def in_progress(model: str = MODEL) -> InProgress:
    return InProgress(
        response=Response(id=RESPONSE_ID, status="in_progress", model=model, output=[])
    )


def rate_limits(used_percent: float = 12, plan: str = "plus") -> RateLimitsSeen:
    window = {"used_percent": used_percent, "window_minutes": 300, "reset_at": 1795000000}
    return RateLimitsSeen(
        plan_type=plan,
        rate_limits={
            "allowed": True,
            "limit_reached": False,
            "primary": window,
            "secondary": None,
        },
    )


def usage(prompt: int = 10, answer: int = 2, *, cached: int = 0, reasoned: int = 0) -> Usage:
    return Usage(
        input_tokens=prompt,
        input_tokens_details=InputTokens(cached_tokens=cached),
        output_tokens=answer,
        output_tokens_details=OutputTokens(reasoning_tokens=reasoned),
        total_tokens=prompt + answer,
    )


def completed(tokens: Usage | None = None, **fields: Any) -> Completed:
    return Completed(response=_final("completed", tokens, fields))


def incomplete(
    reason: str = "max_output_tokens", tokens: Usage | None = None, **fields: Any
) -> Incomplete:
    fields = {"incomplete_details": {"reason": reason}} | fields
    return Incomplete(response=_final("incomplete", tokens, fields))


def failed(code: str = "server_error", message: str = "It broke.") -> Failed:
    error = {"code": code, "message": message}
    return Failed(response=Response(id=RESPONSE_ID, status="failed", error=error))


def error(code: str = "server_error", message: str = "It broke.") -> ErrorSeen:
    return ErrorSeen(code=code, message=message)


def _final(status: str, tokens: Usage | None, fields: dict[str, Any]) -> Response:
    # As the backend has it: the terminal event's output is empty.
    defaults: dict[str, Any] = {"model": MODEL, "output": [], "usage": tokens or usage()}
    return Response(id=RESPONSE_ID, status=status, **(defaults | fields))


def text(delta: str, index: int = 0, part: int = 0) -> TextDelta:
    return TextDelta(
        item_id=f"msg_{index}", output_index=index, content_index=part, delta=delta, logprobs=[]
    )


def text_done(whole: str, index: int = 0, part: int = 0) -> TextDone:
    return TextDone(item_id=f"msg_{index}", output_index=index, content_index=part, text=whole)


def refusal(delta: str, index: int = 0, part: int = 0) -> RefusalDelta:
    return RefusalDelta(item_id=f"msg_{index}", output_index=index, content_index=part, delta=delta)


def refusal_done(whole: str, index: int = 0, part: int = 0) -> RefusalDone:
    return RefusalDone(
        item_id=f"msg_{index}", output_index=index, content_index=part, refusal=whole
    )


def url_citation(
    url: str = "https://example.com/a", title: str = "A", start: int = 0, end: int = 2
) -> dict[str, Any]:
    return {
        "type": "url_citation",
        "url": url,
        "title": title,
        "start_index": start,
        "end_index": end,
    }


def annotation(value: dict[str, Any], index: int = 0, part: int = 0) -> AnnotationAdded:
    return AnnotationAdded(
        item_id=f"msg_{index}", output_index=index, content_index=part, annotation=value
    )


def text_part(whole: str, annotations: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    return {"type": "output_text", "text": whole, "annotations": list(annotations), "logprobs": []}


def part_added(index: int = 0, part: int = 0, kind: str = "output_text") -> PartAdded:
    empty = text_part("") if kind == "output_text" else {"type": kind, kind: ""}
    return PartAdded(item_id=f"msg_{index}", output_index=index, content_index=part, part=empty)


def part_done(value: dict[str, Any], index: int = 0, part: int = 0) -> PartDone:
    return PartDone(item_id=f"msg_{index}", output_index=index, content_index=part, part=value)


def message_item(
    content: list[dict[str, Any]], index: int = 0, *, phase: str | None = None
) -> Item:
    item = {
        "id": f"msg_{index}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": content,
    }
    return item if phase is None else item | {"phase": phase}


def reasoning_item(parts: Iterable[str] = (), index: int = 0) -> Item:
    return {
        "id": f"rs_{index}",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": part} for part in parts],
        "encrypted_content": f"sealed-{index}",
    }


def call_item(
    name: str, arguments: dict[str, Any] | str = "", index: int = 0, call_id: str | None = None
) -> Item:
    return {
        "id": f"fc_{index}",
        "type": "function_call",
        "call_id": call_id or f"call_{index}",
        "name": name,
        "arguments": _arguments(arguments),
        "status": "completed",
    }


def custom_item(name: str, value: str = "", index: int = 0, call_id: str | None = None) -> Item:
    return {
        "id": f"ctc_{index}",
        "type": "custom_tool_call",
        "call_id": call_id or f"call_{index}",
        "name": name,
        "input": value,
        "status": "completed",
    }


def added(item: Item, index: int = 0) -> ItemAdded:
    """The item as it begins: nothing in it yet."""
    empty: dict[str, Any] = {"content": [], "summary": [], "arguments": "", "input": ""}
    begun = {key: empty.get(key, value) for key, value in item.items()}
    return ItemAdded(output_index=index, item=begun | {"status": "in_progress"})


def done(item: Item, index: int = 0) -> ItemDone:
    return ItemDone(output_index=index, item=item)


def arguments(delta: str, index: int = 0) -> ArgumentsDelta:
    return ArgumentsDelta(item_id=f"fc_{index}", output_index=index, delta=delta)


def arguments_done(whole: str, index: int = 0) -> ArgumentsDone:
    return ArgumentsDone(item_id=f"fc_{index}", output_index=index, arguments=whole)


def custom_input(delta: str, index: int = 0) -> CustomInputDelta:
    return CustomInputDelta(item_id=f"ctc_{index}", output_index=index, delta=delta)


def custom_input_done(whole: str, index: int = 0) -> CustomInputDone:
    return CustomInputDone(item_id=f"ctc_{index}", output_index=index, input=whole)


def summary(delta: str, index: int = 0, part: int = 0) -> SummaryDelta:
    return SummaryDelta(item_id=f"rs_{index}", output_index=index, summary_index=part, delta=delta)


def message(
    *deltas: str,
    index: int = 0,
    phase: str | None = None,
    annotations: Iterable[dict[str, Any]] = (),
) -> list[UpstreamEvent]:
    """A whole assistant message of one text part."""
    cited = list(annotations)
    whole = "".join(deltas)
    part = text_part(whole, cited)
    item = message_item([part], index, phase=phase)
    return [
        added(item, index),
        part_added(index),
        *(text(delta, index) for delta in deltas),
        *(annotation(value, index) for value in cited),
        text_done(whole, index),
        part_done(part, index),
        done(item, index),
    ]


def refused(*deltas: str, index: int = 0) -> list[UpstreamEvent]:
    """A whole assistant message that is a refusal."""
    whole = "".join(deltas)
    part = {"type": "refusal", "refusal": whole}
    item = message_item([part], index)
    return [
        added(item, index),
        part_added(index, kind="refusal"),
        *(refusal(delta, index) for delta in deltas),
        refusal_done(whole, index),
        part_done(part, index),
        done(item, index),
    ]


def reasoning(*parts: str, index: int = 0) -> list[UpstreamEvent]:
    """A whole reasoning item with its summary parts; none for hidden reasoning."""
    item = reasoning_item(parts, index)
    events: list[UpstreamEvent] = [added(item, index)]
    for at, part in enumerate(parts):
        where: dict[str, Any] = {
            "item_id": f"rs_{index}",
            "output_index": index,
            "summary_index": at,
        }
        events += [
            SummaryPartAdded(part={"type": "summary_text", "text": ""}, **where),
            *(summary(delta, index, at) for delta in _halves(part)),
            SummaryDone(text=part, **where),
            SummaryPartDone(part={"type": "summary_text", "text": part}, **where),
        ]
    return [*events, done(item, index)]


def tool_call(
    name: str,
    value: dict[str, Any] | str = "",
    *,
    index: int = 0,
    call_id: str | None = None,
    deltas: bool = True,
) -> list[UpstreamEvent]:
    """A whole function call; without ``deltas`` its arguments come in the ``done`` events only."""
    whole = _arguments(value)
    item = call_item(name, whole, index, call_id)
    return [
        added(item, index),
        *(arguments(delta, index) for delta in _halves(whole) if deltas),
        arguments_done(whole, index),
        done(item, index),
    ]


def custom_call(
    name: str,
    value: str = "",
    *,
    index: int = 0,
    call_id: str | None = None,
    deltas: bool = True,
) -> list[UpstreamEvent]:
    """A whole custom tool call; without ``deltas`` its input comes in the ``done`` events only."""
    item = custom_item(name, value, index, call_id)
    return [
        added(item, index),
        *(custom_input(delta, index) for delta in _halves(value) if deltas),
        custom_input_done(value, index),
        done(item, index),
    ]


def web_search(query: str = "news", index: int = 0) -> list[UpstreamEvent]:
    """A hosted search, which no chat client ever sees."""
    item: Item = {
        "id": f"ws_{index}",
        "type": "web_search_call",
        "status": "completed",
        "action": {"type": "search", "query": query},
    }
    return [added(item, index), done(item, index)]


def sse(events: Iterable[UpstreamEvent]) -> bytes:
    """The events as the bytes that the backend would send."""
    encoded = [(event.type, json.encode(event)) for event in events]
    return b"".join(
        b"event: " + name.encode() + b"\ndata: " + data + b"\n\n" for name, data in encoded
    )


def _arguments(value: dict[str, Any] | str) -> str:
    return value if isinstance(value, str) else json.encode(value).decode()


def _halves(whole: str) -> list[str]:
    middle = (len(whole) + 1) // 2
    return [half for half in (whole[:middle], whole[middle:]) if half]
