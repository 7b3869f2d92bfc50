"""Tools and tool choices, in the upstream's terms."""

from collections.abc import Iterator
from typing import Any

from codex2api.dialects.messages.schema import ToolChoice
from codex2api.dialects.openai_refusals import invalid, missing
from codex2api.dialects.openai_tools import function_tool
from codex2api.protocol.items import Tool

_OWN = (None, "custom")
_SEARCH = "web_search"


class Tools:
    """The tools of one request.

    Args:
        given: As the caller wrote them.

    Attributes:
        offered: As the upstream takes them.
        dropped: What had to be left out of them.
        adjusted: What had to be moved.

    Raises:
        ApiError: One of them is malformed.
    """

    def __init__(self, given: list[dict[str, Any]]) -> None:
        self.offered: list[Tool] = []
        self.dropped: dict[str, None] = {}
        self.adjusted: dict[str, None] = {}
        for at, tool in enumerate(given):
            self._add(tool, f"tools[{at}]")

    @property
    def searches(self) -> bool:
        """Whether the hosted search is among them."""
        return any(tool["type"] == _SEARCH for tool in self.offered)

    def choice(self, wish: ToolChoice | None) -> str | dict[str, Any] | None:
        """The choice among them.

        Raises:
            ApiError: It demands a tool that is not there.
        """
        if wish is None or (wish.type in ("auto", "none") and not self.offered):
            return None
        match wish.type:
            case "tool":
                return self._named(wish.name)
            case "any":
                if not self.offered:
                    raise invalid("tool_choice", "it demands a tool and there are none")
                return "required"
            case mode:
                return mode

    def _named(self, name: str | None) -> dict[str, Any]:
        if name is None:
            raise missing("tool_choice.name")
        for tool in self.offered:
            if tool["type"] == "function" and tool["name"] == name:
                return {"type": "function", "name": name}
        if name == _SEARCH and self.searches:
            return {"type": _SEARCH}
        raise invalid("tool_choice.name", f"there is no tool '{name[:80]}' in 'tools'")

    def _add(self, tool: dict[str, Any], where: str) -> None:
        kind = tool.get("type")
        if kind in _OWN:
            self.offered.append(self._function(tool, where))
        elif not isinstance(kind, str):
            raise invalid(f"{where}.type", "expected a string")
        elif kind.startswith(f"{_SEARCH}_"):
            self.offered.append(self._search(tool, where))
        else:
            self.dropped[where] = None

    def _function(self, tool: dict[str, Any], where: str) -> Tool:
        schema = tool.get("input_schema")
        if schema is None:
            raise missing(f"{where}.input_schema")
        if not isinstance(schema, dict):
            raise invalid(f"{where}.input_schema", "expected an object")
        if tool.get("input_examples"):
            self.dropped["tools.input_examples"] = None
        named = {name: tool.get(name) for name in ("name", "description", "strict")}
        made = function_tool(named | {"parameters": schema}, where)
        if made["strict"] and not is_strict(schema):
            made["strict"] = False
            self.adjusted["tools.strict:true->false"] = None
        return made

    def _search(self, tool: dict[str, Any], where: str) -> Tool:
        search: Tool = {"type": _SEARCH}
        for name in ("max_uses", "blocked_domains"):
            if tool.get(name):
                self.dropped[f"tools.{name}"] = None
        domains, place = tool.get("allowed_domains"), tool.get("user_location")
        if domains:
            if not isinstance(domains, list):
                raise invalid(f"{where}.allowed_domains", "expected an array")
            search["filters"] = {"allowed_domains": domains}
        if place:
            if not isinstance(place, dict):
                raise invalid(f"{where}.user_location", "expected an object")
            search["user_location"] = {"type": "approximate"} | place
        return search


def is_strict(schema: dict[str, Any]) -> bool:
    """Whether the backend can be held to a schema: every object closed, every property required.

    Anthropic also holds its models to schemas with optional properties, which the backend refuses.
    """
    return all(
        part.get("additionalProperties") is False
        and set(part.get("properties") or ()) == set(part.get("required") or ())
        for part in _objects(schema)
    )


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list):
        for part in schema:
            yield from _objects(part)
    elif isinstance(schema, dict):
        if "properties" in schema or schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from _objects(part)
