"""One accepted request, read for what an answer must fit."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

from codex2api.simulator.backend.models import SimulatedModel
from codex2api.simulator.scenarios.markers import Marker, read_marker

OUTPUT_TYPES = ("function_call_output", "custom_tool_call_output")


class OfferedTool(NamedTuple):
    """A tool that the model may call, and the namespace that it was offered in."""

    tool: Mapping[str, Any]
    namespace: str | None

    @property
    def kind(self) -> str:
        """``function``, ``custom`` or the type of a hosted tool."""
        return str(self.tool.get("type"))

    @property
    def name(self) -> str:
        """The name by which it is called."""
        return str(self.tool.get("name", ""))


@dataclass(frozen=True)
class Turn:
    """A validated request.

    Attributes:
        serial: The body of every id in the answer.
        account_id: Whose encrypted reasoning it is.
        usage: Input tokens, and how many of them were cached.
        account: Label of who asks.
        forced_marker: Takes the place of the marker in the user's text.
    """

    body: Mapping[str, Any]
    model: SimulatedModel
    serial: str
    account_id: str
    usage: tuple[int, int] = (0, 0)
    forced_marker: Marker | None = None
    account: str = ""

    @cached_property
    def items(self) -> list[dict[str, Any]]:
        """The input items."""
        return list(self.body["input"])

    @cached_property
    def user_text(self) -> str:
        """The text of the last user message."""
        for item in reversed(self.items):
            if item.get("role") == "user":
                return text_of(item.get("content"))
        return ""

    @cached_property
    def marker(self) -> Marker:
        """The scenario that the user's text asks for."""
        return read_marker(self.user_text) if self.forced_marker is None else self.forced_marker

    def with_marker(self, marker: Marker) -> "Turn":
        """The same request, with another marker than the one in its text."""
        return replace(self, forced_marker=marker)

    @cached_property
    def tools(self) -> list[OfferedTool]:
        """Every tool, classic or Lite, in the order offered."""
        return list(offered_tools(self.body))

    @property
    def tool_result(self) -> str | None:
        """The text of the tool output that ends the input, if one does."""
        last = self.items[-1] if self.items else {}
        return text_of(last.get("output")) if last.get("type") in OUTPUT_TYPES else None

    @cached_property
    def tool_rounds(self) -> int:
        """How many tool outputs follow the last user message."""
        rounds = 0
        for item in reversed(self.items):
            if item.get("role") == "user":
                break
            rounds += item.get("type") in OUTPUT_TYPES
        return rounds

    @property
    def wants_reasoning(self) -> bool:
        """Whether encrypted reasoning was asked for."""
        return "reasoning.encrypted_content" in (self.body.get("include") or ())

    @property
    def wants_summary(self) -> bool:
        """Whether a summary of the reasoning was asked for."""
        return bool((self.body.get("reasoning") or {}).get("summary"))


def text_of(content: Any) -> str:
    """The text of message content or tool output: a string, or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))


def offered_tools(body: Mapping[str, Any]) -> Iterator[OfferedTool]:
    """Tools at the top and in ``additional_tools`` items, namespaces opened."""
    yield from _opened(body.get("tools") or ())
    for item in body["input"]:
        if item.get("type") == "additional_tools":
            yield from _opened(item.get("tools") or ())


def _opened(tools: Any) -> Iterator[OfferedTool]:
    for tool in tools:
        if tool.get("type") == "namespace":
            for inner in tool.get("tools") or ():
                yield OfferedTool(inner, tool.get("name"))
        else:
            yield OfferedTool(tool, None)
