"""Output items as the public API shows them: allowed fields only, demanded fields always.

The lists follow OpenAI's published schema. An item of a type that it lacks (Codex has some of its
own) loses nothing but the backend's remarks: whoever asked for it has to replay it whole.
"""

from typing import Any

from codex2api.protocol.items import Item, Part

_FIELDS = {
    "message": ("role", "status", "phase"),
    "reasoning": ("encrypted_content", "status"),
    "function_call": ("call_id", "name", "namespace", "arguments", "status"),
    "custom_tool_call": ("call_id", "name", "namespace", "input", "status"),
    "web_search_call": ("action", "status"),
    "image_generation_call": (
        "result",
        "status",
        "revised_prompt",
        "background",
        "output_format",
        "quality",
        "size",
        "action",
    ),
    "local_shell_call": ("call_id", "action", "status"),
    "tool_search_call": ("call_id", "execution", "arguments", "status"),
    "tool_search_output": ("call_id", "execution", "tools", "status"),
    "compaction": ("encrypted_content",),
}

_DEMANDED: dict[str, dict[str, Any]] = {
    "message": {"role": "assistant", "status": "completed"},
    "function_call": {"arguments": ""},
    "custom_tool_call": {"input": ""},
    "web_search_call": {"status": "in_progress", "action": {"type": "search"}},
    "image_generation_call": {"status": "in_progress", "result": None},
}
"""What the schema requires and the backend may leave out, above all when an item begins."""

_PREFIX = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "custom_tool_call": "ctc",
    "web_search_call": "ws",
    "image_generation_call": "ig",
    "compaction": "cmp",
}

_ANNOTATION_FIELDS = (
    "type",
    "url",
    "title",
    "start_index",
    "end_index",
    "file_id",
    "filename",
    "index",
    "container_id",
)

_SEARCH_FIELDS = ("type", "query", "queries", "sources", "url", "pattern")

_PART_FIELDS = {
    "output_text": ("text", "annotations", "logprobs"),
    "refusal": ("refusal",),
    "summary_text": ("text",),
    "reasoning_text": ("text",),
}

_PART_DEMANDED: dict[str, dict[str, Any]] = {
    "output_text": {"text": "", "annotations": [], "logprobs": []},
    "refusal": {"refusal": ""},
    "summary_text": {"text": ""},
    "reasoning_text": {"text": ""},
}

_EMPTY: dict[str, Any] = {
    "content": [],
    "summary": [],
    "arguments": "",
    "input": "",
    "encrypted_content": None,
    "result": None,
}

_STATED = frozenset(kind for kind, fields in _FIELDS.items() if "status" in fields)

_REMARKS = ("internal_chat_message_metadata_passthrough", "safety_buffering")

_HOSTED = ("web_search_call", "image_generation_call")


def public_item(item: Item, own_id: str) -> Item:
    """The item as callers may see it.

    Args:
        item: As the backend gave it, or as the fold rebuilt it.
        own_id: Unique within the answer; stands in, with the right prefix, for a missing id.
    """
    kind = item.get("type") or "message"
    fields = _FIELDS.get(kind)
    if fields is None:
        return {name: value for name, value in item.items() if name not in _REMARKS}
    name = item.get("id") or f"{_PREFIX.get(kind, 'item')}_{own_id}"
    shown: Item = {"id": name, "type": kind} | _DEMANDED.get(kind, {}) | _present(item, fields)
    if kind == "web_search_call":
        shown["action"] = _present(shown["action"], _SEARCH_FIELDS)
    if kind == "reasoning" and shown.get("status") == "incomplete":
        shown.pop("encrypted_content", None)  # only a finished item's can be replayed
    if kind in _HOSTED and shown["status"] == "incomplete":
        shown["status"] = "failed"  # the schema has no unfinished hosted call
    return shown | _contents(item, kind)


def begun_item(item: Item, own_id: str) -> Item:
    """The item as it begins: nothing in it yet.

    The encrypted content of a reasoning item that only begins may be another one than the final,
    so it is not shown.
    """
    begun = item | {name: _EMPTY[name] for name in _EMPTY if name in item}
    if begun.get("type") in _STATED:
        begun["status"] = "in_progress"
    return public_item(begun, own_id)


def public_part(part: Part) -> Part:
    """A content or summary part as callers may see it."""
    kind = part.get("type", "")
    fields = _PART_FIELDS.get(kind)
    if fields is None:
        return part
    shown = {"type": kind} | _PART_DEMANDED[kind] | _present(part, fields)
    if shown.get("annotations"):
        shown["annotations"] = [public_annotation(each) for each in shown["annotations"]]
    return shown


def public_annotation(annotation: dict[str, Any]) -> dict[str, Any]:
    """A citation as callers may see it."""
    return _present(annotation, _ANNOTATION_FIELDS)


def _contents(item: Item, kind: str) -> dict[str, list[Part]]:
    demanded = {"message": ("content",), "reasoning": ("summary",)}.get(kind, ())
    optional = ("content",) if kind == "reasoning" and item.get("content") else ()
    return {name: _parts(item.get(name)) for name in demanded + optional}


def _parts(content: Any) -> list[Part]:
    parts = content if isinstance(content, list) else []
    return [public_part(part) for part in parts if isinstance(part, dict)]


def _present(fields: Any, names: tuple[str, ...]) -> dict[str, Any]:
    # A shape that we do not know must not break the stream: it is shown as an empty object.
    if not isinstance(fields, dict):
        return {}
    return {name: fields[name] for name in names if fields.get(name) is not None}
