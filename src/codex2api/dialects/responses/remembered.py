"""What is remembered of a request: its own input, as the public API lists it.

Items are kept as the caller wrote them, files by their id and all, with what the listing demands:
an id, a status, content as a list of parts.
"""

from collections.abc import Callable, Container, Mapping
from typing import Any

from codex2api.dialects.responses.fields import required_text
from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import Item, Part, input_text, message, output_text
from codex2api.protocol.json import Json
from codex2api.protocol.sse import Frame

_PREFIX = {
    "message": "msg",
    "reasoning": "rs",
    "function_call": "fc",
    "function_call_output": "fco",
    "custom_tool_call": "ctc",
    "custom_tool_call_output": "ctco",
    "web_search_call": "ws",
    "image_generation_call": "ig",
    "compaction": "cmp",
}

_STATED = ("message", "function_call", "function_call_output")
"""Types whose listing demands a status."""

_OUTPUTS = ("function_call_output", "custom_tool_call_output")

_PART_DEFAULTS: dict[str, dict[str, Any]] = {
    "output_text": {"annotations": [], "logprobs": []},
    "input_image": {"detail": "auto"},
}


def own_input(given: str | list[Item], new_id: Callable[[], str]) -> list[Item]:
    """A request's input as items that can be listed; it must have passed ``upstream_input``.

    Args:
        given: Without references.
        new_id: Random and unique.
    """
    if isinstance(given, str):
        given = [message("user", [input_text(given)])]
    return [_listed(item, new_id) for item in given]


def refuse_repeated(given: str | list[Item], there: Container[str], where: str) -> None:
    """Refuse ids that come twice, or are there already: lists are paged by them.

    Raises:
        ApiError: One does; ``param`` is its place under ``where``.
    """
    seen: set[str] = set()
    for index, item in enumerate([] if isinstance(given, str) else given):
        name = item.get("id")
        if isinstance(name, str) and (name in seen or name in there):
            raise ApiError(
                Kind.BAD_REQUEST,
                f"Duplicate item found with id '{name[:100]}'. "
                "Remove it, or its id, and try again.",
                param=f"{where}[{index}].id",
                code="duplicate_item",
            )
        if isinstance(name, str):
            seen.add(name)


def referred(given: str | list[Item]) -> list[str]:
    """The names of stored items that the input refers to, in order."""
    if isinstance(given, str):
        return []
    return [str(item["id"]) for item in given if is_reference(item)]


def resolved(given: list[Item], found: Mapping[str, Item]) -> list[Item]:
    """The input with items in the place of references.

    Raises:
        ApiError: One of them was not found.
    """
    return [
        _found(item, found, f"input[{index}]") if is_reference(item) else item
        for index, item in enumerate(given)
    ]


def replayed(items: list[Item]) -> list[Item]:
    """Stored items as a caller would send them again: names that we gave mean nothing upstream."""
    return [
        {name: value for name, value in item.items() if name != "id"} if _was_given(item) else item
        for item in items
    ]


def conversation_name(given: str | dict[str, Any] | None) -> str | None:
    """The name of the conversation that a request belongs to.

    Raises:
        ApiError: It is neither a name nor an object with one.
    """
    if given is None or isinstance(given, str):
        return given
    return required_text(given, "id", "conversation")


CANCELLED: dict[str, Json] = {"status": "cancelled"}
"""What is left of a response that was deleted while it was answered."""


def lost_events(response: Json, number: int) -> list[Frame]:
    """The end of a stream whose events were lost with their process, or cancelled by the caller.

    Args:
        response: The response as it is shown.
        number: The sequence number to go on with.
    """
    frames = []
    error = {"code": "response_cancelled", "message": "The response was cancelled.", "param": None}
    if response["status"] == "failed":
        frames.append(_numbered("response.failed", number, {"response": response}))
        error |= response["error"]
    kind = {"type": "server_error"}
    return [*frames, _numbered("error", number + len(frames), error | {"error": kind | error})]


def _numbered(kind: str, number: int, fields: dict[str, Any]) -> Frame:
    return Frame({"type": kind, "sequence_number": number} | fields, kind)


def is_reference(item: Item) -> bool:
    """Whether this only names an item that is stored."""
    kind = item.get("type")
    return isinstance(item.get("id"), str) and (
        kind == "item_reference" or (kind is None and "role" not in item)
    )


def _was_given(item: Item) -> bool:
    """Whether it is the caller's own."""
    kind = item.get("type")
    return kind in _OUTPUTS or (kind == "message" and item.get("role") != "assistant")


def _found(reference: Item, found: Mapping[str, Item], where: str) -> Item:
    item = found.get(reference["id"])
    if item is None:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"Item with id '{reference['id'][:100]}' not found.",
            param=where,
            code="item_not_found",
        )
    return item


def _listed(item: Item, new_id: Callable[[], str]) -> Item:
    kind = item.get("type") or "message"
    name = item.get("id") or f"{_PREFIX.get(kind, 'item')}_{new_id()}"
    listed = {field: value for field, value in item.items() if value is not None}
    listed |= {"id": name, "type": kind}
    if kind in _STATED:
        listed.setdefault("status", "completed")
    if kind == "message":
        listed["content"] = _parts(listed["content"], listed["role"])
    return listed


def _parts(content: str | list[Part], role: str) -> list[Part]:
    if isinstance(content, str):
        content = [output_text(content) if role == "assistant" else input_text(content)]
    return [_PART_DEFAULTS.get(part["type"], {}) | part for part in content]
