"""A caller's input items, rebuilt as the backend takes them (protocol sheet, section 2.8).

Most callers replay what some server once gave them, ids, states and all. Items that we know are
rebuilt from their allowed fields; items that we do not know pass, so that a newer Codex still
works.
"""

from typing import Any

from codex2api.dialects.openai_refusals import invalid, missing
from codex2api.dialects.responses.content import message_content, tool_output
from codex2api.dialects.responses.fields import kept, required_text
from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import Item, input_text, message

_ID_PREFIX = {
    "message": "msg_",
    "reasoning": "rs_",
    "function_call": "fc_",
    "function_call_output": "fco_",
    "custom_tool_call": "ctc_",
    "custom_tool_call_output": "ctco_",
    "web_search_call": "ws_",
    "image_generation_call": "ig_",
    "compaction": "cmp_",
}
"""The backend refuses an id that begins otherwise; ids of other types pass as they are."""

_FIELDS = {
    "message": ("phase",),
    "reasoning": ("summary", "content", "encrypted_content"),
    "function_call": ("call_id", "name", "namespace", "arguments", "encrypted_function_args"),
    "function_call_output": ("call_id",),
    "custom_tool_call": ("call_id", "name", "namespace", "input"),
    "custom_tool_call_output": ("call_id", "name"),
    "web_search_call": ("status", "action"),
    "image_generation_call": ("status", "revised_prompt", "result"),
}

_TEXTS = {
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id",),
    "custom_tool_call": ("call_id", "name", "input"),
    "custom_tool_call_output": ("call_id",),
}

_ROLES = ("user", "assistant", "system", "developer")

_REMARK = "internal_chat_message_metadata_passthrough"
"""Codex keeps the backend's own remarks on items; they may be left out."""


def upstream_input(items: str | list[Item], where: str = "input") -> list[Item]:
    """The input as a list of items, without reasoning that cannot be replayed.

    References to stored items must have been resolved.

    Raises:
        ApiError: An item is malformed or points at something stored; ``param`` names it.
    """
    if isinstance(items, str):
        return [message("user", [input_text(items)])]
    return [
        _item(item, f"{where}[{index}]") for index, item in enumerate(items) if not _is_hollow(item)
    ]


def dropped_input(items: str | list[Item]) -> tuple[str, ...]:
    """What ``upstream_input`` leaves out of the caller's words, each kind named once.

    One name, however many there are, keeps the header of a long conversation short.
    """
    if isinstance(items, str):
        return ()
    left_out = {
        "input.reasoning": any(_is_hollow(item) for item in items),
        "input.prompt_cache_breakpoint": any(_has_breakpoint(item) for item in items),
    }
    return tuple(name for name, is_so in left_out.items() if is_so)


def _is_hollow(item: Item) -> bool:
    # Nothing is stored upstream, so reasoning known by its id only cannot be found there.
    return item.get("type") == "reasoning" and not item.get("encrypted_content")


def _has_breakpoint(item: Item) -> bool:
    content = item.get("content")
    parts = content if isinstance(content, list) else ()
    return any(isinstance(part, dict) and "prompt_cache_breakpoint" in part for part in parts)


def _item(item: Item, where: str) -> Item:
    kind = _kind(item, where)
    if not isinstance(item.get("id"), str | None):
        raise invalid(f"{where}.id", "Expected a string")
    for name in _TEXTS.get(kind, ()):
        required_text(item, name, where)
    match kind:
        case "item_reference":
            raise ApiError(
                Kind.BAD_REQUEST,
                "No such item is stored here: send the item itself.",
                param=where,
                code="item_not_found",
            )
        case "message":
            return _message(item, where)
        case "function_call_output" | "custom_tool_call_output":
            return _known(item, kind) | {"output": tool_output(item.get("output"), where)}
        case "reasoning":
            return {"summary": []} | _known(item, kind)
        case _:
            return _known(item, kind) if kind in _FIELDS else _unknown(item, kind)


def _kind(item: Item, where: str) -> str:
    kind = item.get("type")
    if kind is None and "role" in item:
        return "message"
    if kind is None and "id" in item:
        return "item_reference"
    if kind == "compaction_summary":
        return "compaction"
    if kind == "":
        raise missing(f"{where}.type")
    return required_text(item, "type", where)


def _message(item: Item, where: str) -> Item:
    role = required_text(item, "role", where)
    if role not in _ROLES:
        raise invalid(f"{where}.role", f"Expected one of {', '.join(_ROLES)}")
    if item.get("content") is None:
        raise missing(f"{where}.content")
    content = message_content(item["content"], role, f"{where}.content")
    return _known(item, "message") | {"role": role, "content": content}


def _known(item: Item, kind: str) -> Item:
    return {"type": kind} | _id(item, kind) | kept(item, _FIELDS[kind])


def _unknown(item: Item, kind: str) -> Item:
    said = {name: value for name, value in item.items() if name not in ("id", _REMARK)}
    return said | {"type": kind} | _id(item, kind)


def _id(item: Item, kind: str) -> dict[str, Any]:
    name = item.get("id")
    if not isinstance(name, str) or not name.startswith(_ID_PREFIX.get(kind, "")):
        return {}
    return {"id": name}
