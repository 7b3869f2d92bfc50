"""Tools as the backend takes them, and their names as the caller knows them.

Function names over 64 characters or with other characters than letters, digits, ``_`` and ``-``
are refused (protocol sheet, section 2.7), so such names are shortened on the way in and given back
in the events. Shortening depends on the name alone: replayed calls agree with it by themselves.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from codex2api.protocol.events import Batch, Ending, ItemEvent
from codex2api.protocol.items import Item, Tool

MAX_NAME = 64

_GOOD_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_BAD_CHARACTER = re.compile(r"[^a-zA-Z0-9_-]")

_LITE_TYPES = {"function", "custom", "namespace", "tool_search"}

_CALLS = {"function_call", "custom_tool_call"}


def fit_name(name: str) -> str:
    """The name itself if the backend takes it, else a short form made of it and its hash."""
    if _GOOD_NAME.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8]
    return f"{_BAD_CHARACTER.sub('_', name)[: MAX_NAME - 9]}_{digest}"


def is_hosted(tool: Tool) -> bool:
    """Whether the backend itself runs this tool, which the Lite shape does not offer."""
    return tool.get("type") not in _LITE_TYPES


def fit_tools(tools: Iterable[Tool]) -> list[Tool]:
    """The tools with names and types that the backend knows."""
    return [_fit_tool(tool) for tool in tools]


def _fit_tool(tool: Tool) -> Tool:
    kind = tool.get("type")
    if kind == "namespace":
        return tool | {"tools": fit_tools(tool.get("tools") or ())}
    if kind in ("function", "custom"):
        return _fit_named(tool)
    if str(kind).startswith("web_search_preview"):
        return tool | {"type": "web_search"}
    return tool


def _fit_named(value: dict[str, Any]) -> dict[str, Any]:
    name = value.get("name")
    if not isinstance(name, str) or _GOOD_NAME.fullmatch(name):
        return value
    return value | {"name": fit_name(name)}


def fit_choice(choice: str | dict[str, Any]) -> str | dict[str, Any]:
    """A tool choice with the names that ``fit_tools`` gave."""
    if isinstance(choice, str):
        return choice
    fitted = _fit_named(choice)
    if isinstance(fitted.get("tools"), list):
        return fitted | {"tools": [_fit_named(tool) for tool in fitted["tools"]]}
    return fitted


def fit_calls(items: Iterable[Item], namespace: str | None) -> list[Item]:
    """Replayed calls with fitted names, functions back in the namespace that we wrap them in."""
    return [_fit_call(item, namespace) if item.get("type") in _CALLS else item for item in items]


def _fit_call(item: Item, namespace: str | None) -> Item:
    fitted = _fit_named(item)
    if namespace and item["type"] == "function_call" and not item.get("namespace"):
        return fitted | {"namespace": namespace}
    return fitted


def shortened(tools: Iterable[Tool]) -> dict[str, str]:
    """The caller's names, by the short ones that went out; empty when all were good."""
    found: dict[str, str] = {}
    for tool in tools:
        name = tool.get("name")
        if tool.get("type") == "namespace":
            found |= shortened(tool.get("tools") or ())
        elif isinstance(name, str) and not _GOOD_NAME.fullmatch(name):
            found[fit_name(name)] = name
    return found


class Restorer(msgspec.Struct, frozen=True):
    """Gives events back the names that the caller used.

    Attributes:
        names: The caller's tool names by the ones sent.
        namespace: The one that we added, of which the caller must hear nothing.
    """

    names: dict[str, str] = {}
    namespace: str | None = None

    @property
    def needed(self) -> bool:
        """False for most requests: their events pass untouched."""
        return bool(self.names or self.namespace)

    def restore(self, batch: Batch) -> None:
        """Correct the items of a batch, in place."""
        for event in batch:
            if isinstance(event, ItemEvent):
                self._restore_item(event.item)
            elif isinstance(event, Ending):
                for item in event.response.output or ():
                    self._restore_item(item)

    def _restore_item(self, item: Item) -> None:
        if item.get("type") not in _CALLS:
            return
        if self.namespace and item.get("namespace") == self.namespace:
            del item["namespace"]
        if item.get("name") in self.names:
            item["name"] = self.names[item["name"]]
