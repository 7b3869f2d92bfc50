"""The backend's rules for input items, applied to whatever a caller replays.

Nothing is stored upstream, so server-side ids mean nothing there unless they have the right form,
and states of items are refused (protocol sheet, sections 2.3 and 2.8). Items are never changed in
place: they belong to the caller's request.
"""

from collections.abc import Iterable, Iterator

from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import Item, Part

_ID_PREFIX = {
    "message": "msg_",
    "reasoning": "rs_",
    "function_call": "fc_",
    "custom_tool_call": "ctc_",
    "web_search_call": "ws_",
    "image_generation_call": "ig_",
    "compaction": "cmp_",
}

_NEEDS_STATUS = {"local_shell_call", "web_search_call", "image_generation_call"}
"""Items whose ``status`` is a field of theirs; elsewhere it is the server's remark."""

_REMARKS = ("internal_chat_message_metadata_passthrough", "object", "created_by")


def clean_items(items: Iterable[Item]) -> Iterator[Item]:
    """The items as the backend takes them, in order.

    Raises:
        ApiError: An item points at something stored, and nothing is stored there.
    """
    for index, item in enumerate(items):
        kind = item.get("type") or "message"
        if kind == "item_reference":
            raise ApiError(
                Kind.BAD_REQUEST,
                "Item references cannot be resolved; send the item itself.",
                param=f"input[{index}]",
            )
        if kind == "reasoning" and not item.get("encrypted_content"):
            continue  # without its encrypted content it is refused, or at best means nothing
        yield _clean_message(item) if kind == "message" else _clean(item, kind)


def _clean(item: Item, kind: str) -> Item:
    kept = item.copy()
    for remark in _REMARKS:
        kept.pop(remark, None)
    if "id" in kept and not str(kept["id"] or "").startswith(_ID_PREFIX.get(kind, "\0")):
        del kept["id"]
    if kind not in _NEEDS_STATUS:
        kept.pop("status", None)
    return kept


def _clean_message(item: Item) -> Item:
    kept = _clean(item, "message")
    kept["type"] = "message"
    if kept.get("role") == "system":
        kept["role"] = "developer"
    content = kept.get("content")
    if isinstance(content, str):
        kind = "output_text" if kept.get("role") == "assistant" else "input_text"
        kept["content"] = [{"type": kind, "text": content}]
    elif isinstance(content, list):
        kept["content"] = [_without_logprobs(part) for part in content if isinstance(part, dict)]
    return kept


def _without_logprobs(part: Part) -> Part:
    if "logprobs" not in part:
        return part
    return {name: value for name, value in part.items() if name != "logprobs"}
