"""Rules for the input items (protocol sheet, sections 2.3 and 2.8)."""

from collections.abc import Mapping, Sequence
from typing import Any

from codex2api.simulator.backend.fields import invalid_value
from codex2api.simulator.backend.images import check_file, check_image
from codex2api.simulator.backend.refusal import detail, envelope
from codex2api.simulator.scenarios.sealed import opens

Item = Mapping[str, Any]

ID_PREFIXES = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "function_call_output": "fc",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctc",
    "local_shell_call": "lsh",
    "tool_search_call": "tsc",
    "tool_search_output": "tso",
    "web_search_call": "ws",
    "image_generation_call": "ig",
    "compaction": "cmp",
    "compaction_summary": "cmp",
}
WITHOUT_ID = (
    "additional_tools", "agent_message", "compaction_trigger", "context_compaction",
)  # fmt: skip
TYPES = (*ID_PREFIXES, *WITHOUT_ID)

TEXTS = {
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("call_id",),
    "custom_tool_call": ("call_id", "name", "input"),
    "custom_tool_call_output": ("call_id",),
    "local_shell_call": ("call_id",),
}
"""Fields that must be there as strings."""

ROLES = ("user", "assistant", "developer")
READ_PARTS = ("input_text", "input_image", "input_file", "input_audio")
SAID_PARTS = ("output_text", "refusal")
OUTPUT_PARTS = (*READ_PARTS, "encrypted_content")


def check_roles(items: Sequence[Item]) -> None:
    """System messages have no place in the input."""
    if any(item.get("role") == "system" for item in items):
        raise detail("System messages are not allowed")


def check_items(items: Sequence[Item], account_id: str) -> None:
    """Each item by itself: type, id, content, encrypted content."""
    for number, item in enumerate(items):
        where = f"input[{number}]"
        kind = type_of(item)
        if kind == "item_reference":
            raise _not_found(str(item.get("id")))
        if kind not in TYPES:
            raise invalid_value(kind, TYPES, where)
        _check_id(item, kind, where)
        _check_call(item, kind, where)
        match kind:
            case "message":
                _check_message(item, where)
            case "reasoning":
                _check_reasoning(item, where, account_id)
            case "compaction" | "compaction_summary":
                _check_sealed(item.get("encrypted_content"), account_id)
            case "function_call_output" | "custom_tool_call_output":
                _check_parts(item.get("output"), OUTPUT_PARTS, f"{where}.output")


def type_of(item: Item) -> str:
    """The item's type; a role alone makes a message."""
    return str(item.get("type") or ("message" if "role" in item else None))


def _check_id(item: Item, kind: str, where: str) -> None:
    prefix = ID_PREFIXES.get(kind)
    item_id = item.get("id")
    if item_id is None or prefix is None:
        return
    if not isinstance(item_id, str) or not item_id.startswith(prefix):
        raise envelope(
            f"Invalid '{where}.id': '{item_id}'. Expected an ID that begins with '{prefix}'.",
            f"{where}.id",
            "invalid_value",
        )


def _check_call(item: Item, kind: str, where: str) -> None:
    for name in TEXTS.get(kind, ()):
        if not isinstance(item.get(name), str):
            raise missing(f"{where}.{name}")


def _check_message(item: Item, where: str) -> None:
    role = item.get("role")
    if not isinstance(role, str) or role not in ROLES:
        raise invalid_value(role, ROLES, f"{where}.role")
    parts = SAID_PARTS if role == "assistant" else READ_PARTS
    _check_parts(item.get("content"), parts, f"{where}.content")


def _check_parts(content: Any, allowed: Sequence[str], where: str) -> None:
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        raise missing(where)
    for number, part in enumerate(content):
        here = f"{where}[{number}]"
        kind = part.get("type") if isinstance(part, dict) else None
        if not isinstance(kind, str) or kind not in allowed:
            raise invalid_value(kind, allowed, here)
        _check_part(part, kind, here)


def _check_part(part: Item, kind: str, where: str) -> None:
    if "prompt_cache_breakpoint" in part:
        text = "prompt_cache_breakpoint is not supported on this model."
        raise envelope(text, f"{where}.prompt_cache_breakpoint", "unsupported_parameter")
    match kind:
        case "input_image":
            check_image(part, where)
        case "input_file":
            check_file(part, where)
        case "input_text" | "output_text" if not isinstance(part.get("text"), str):
            raise missing(f"{where}.text")


def _check_reasoning(item: Item, where: str, account_id: str) -> None:
    sealed = item.get("encrypted_content")
    if sealed is None:
        if item.get("id") is None:
            raise missing(f"{where}.id")
        raise _not_found(item["id"])
    _check_sealed(sealed, account_id)


def _check_sealed(sealed: Any, account_id: str) -> None:
    if not isinstance(sealed, str) or not opens(account_id, sealed):
        raise envelope(
            f"The encrypted content {str(sealed)[:16]}... could not be verified.",
            "input",
            "invalid_encrypted_content",
        )


def missing(where: str) -> Exception:
    """The refusal of an absent value."""
    return envelope(f"Missing required parameter: '{where}'.", where, "missing_required_parameter")


def _not_found(item_id: str) -> Exception:
    return envelope(
        f"Item with id '{item_id}' not found. Items are not persisted when `store` is set to "
        "false. Try again with `store` set to true, or remove this item from your input.",
        "input",
        status=404,
    )
