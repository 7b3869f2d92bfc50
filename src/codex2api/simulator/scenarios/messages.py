"""Items that speak: messages, refusals and reasoning."""

from collections.abc import Sequence
from typing import Any

from codex2api.simulator.scenarios.script import Script
from codex2api.simulator.scenarios.sealed import seal

DELTA_SIZE = 24
"""Characters in one delta, unless a marker says otherwise."""


def cut(text: str, size: int = DELTA_SIZE) -> list[str]:
    """Text as deltas of ``size`` characters."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def message(
    script: Script,
    text: str,
    *,
    pieces: Sequence[str] | None = None,
    phase: str = "final_answer",
    annotations: Sequence[dict[str, Any]] = (),
) -> None:
    """Write an assistant message; ``pieces`` are its deltas where they matter."""
    index = script.next_index()
    where = {
        "item_id": script.item_id("msg", index),
        "output_index": index,
        "content_index": 0,
    }
    _open_message(script, index, phase)
    part: dict[str, Any] = {"type": "output_text", "text": "", "annotations": [], "logprobs": []}
    script.add("response.content_part.added", **where, part=part)
    for piece in cut(text) if pieces is None else pieces:
        script.delta("response.output_text.delta", piece, **where, logprobs=[])
    for number, annotation in enumerate(annotations):
        script.add(
            "response.output_text.annotation.added",
            **where,
            annotation_index=number,
            annotation=annotation,
        )
    script.add("response.output_text.done", **where, text=text, logprobs=[])
    part = part | {"text": text, "annotations": list(annotations)}
    script.add("response.content_part.done", **where, part=part)
    _close_message(script, index, part, phase)


def refusal(script: Script, text: str) -> None:
    """Write a message whose only part is a refusal."""
    index = script.next_index()
    where = {
        "item_id": script.item_id("msg", index),
        "output_index": index,
        "content_index": 0,
    }
    _open_message(script, index, "final_answer")
    script.add("response.content_part.added", **where, part={"type": "refusal", "refusal": ""})
    for piece in cut(text):
        script.delta("response.refusal.delta", piece, **where)
    script.add("response.refusal.done", **where, refusal=text)
    part = {"type": "refusal", "refusal": text}
    script.add("response.content_part.done", **where, part=part)
    _close_message(script, index, part, "final_answer")


def reasoning(script: Script, parts: Sequence[str], *, raw: str | None = None) -> None:
    """Write a reasoning item; summaries only if they were asked for.

    Args:
        script: The answer.
        parts: The summary parts.
        raw: The chain itself, which only special models show.
    """
    index = script.next_index()
    item_id = script.item_id("rs", index)
    item: dict[str, Any] = {"id": item_id, "type": "reasoning", "summary": []}
    script.add(
        "response.output_item.added",
        output_index=index,
        item=item | _sealed(script, f"{item_id}.begun"),
    )
    script.reason("".join(parts) + (raw or ""))
    shown = parts if script.turn.wants_summary else ()
    for number, text in enumerate(shown):
        _summary_part(script, {"item_id": item_id, "output_index": index}, number, text)
    if raw is not None:
        item["content"] = [{"type": "reasoning_text", "text": raw}]
        where = {"item_id": item_id, "output_index": index, "content_index": 0}
        for piece in cut(raw):
            script.add("response.reasoning_text.delta", delta=piece, **where)
        script.add("response.reasoning_text.done", text=raw, **where)
    summary = [{"type": "summary_text", "text": text} for text in shown]
    script.finish_item(index, item | {"summary": summary} | _sealed(script, item_id))


def _summary_part(script: Script, where: dict[str, Any], number: int, text: str) -> None:
    where = where | {"summary_index": number}
    empty = {"type": "summary_text", "text": ""}
    script.add("response.reasoning_summary_part.added", **where, part=empty)
    for piece in cut(text):
        script.add("response.reasoning_summary_text.delta", delta=piece, **where)
    script.add("response.reasoning_summary_text.done", text=text, **where)
    script.add("response.reasoning_summary_part.done", **where, part=empty | {"text": text})


def _sealed(script: Script, content: str) -> dict[str, str]:
    if not script.turn.wants_reasoning:
        return {}
    return {"encrypted_content": seal(script.turn.account_id, content)}


def _open_message(script: Script, index: int, phase: str) -> None:
    script.add(
        "response.output_item.added",
        output_index=index,
        item={
            "id": script.item_id("msg", index),
            "type": "message",
            "role": "assistant",
            "status": "in_progress",
            "content": [],
            "phase": phase,
        },
    )


def _close_message(script: Script, index: int, part: dict[str, Any], phase: str) -> None:
    script.finish_item(
        index,
        {
            "id": script.item_id("msg", index),
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [part],
            "phase": phase,
        },
    )
