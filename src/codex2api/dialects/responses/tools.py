"""Tools and tool choices: flat on both sides, so most pass untouched.

Hosted tools that the backend does not run are refused here, where their place can be named. A tool
type that is new to us passes: the backend knows better than this table.
"""

from typing import Any

from codex2api.dialects.openai_refusals import invalid, missing
from codex2api.dialects.responses.fields import required_text
from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import Tool

_NOT_OFFERED = frozenset(
    {
        "apply_patch",
        "code_interpreter",
        "computer",
        "computer_use",
        "computer_use_preview",
        "file_search",
        "mcp",
        "programmatic_tool_calling",
        "shell",
    }
)

_MODES = ("auto", "none", "required")


def upstream_tools(tools: list[Tool], where: str = "tools") -> list[Tool]:
    """The tools as the backend takes them.

    Raises:
        ApiError: A tool is not offered by the backend, or lacks its name.
    """
    return [_tool(tool, f"{where}[{index}]") for index, tool in enumerate(tools)]


def upstream_tool_choice(choice: str | dict[str, Any] | None) -> str | dict[str, Any] | None:
    """The tool choice as the backend takes it.

    Raises:
        ApiError: It is no known mode, or names a tool that the backend does not offer.
    """
    if isinstance(choice, str):
        if choice not in _MODES:
            raise invalid("tool_choice", f"Expected one of {', '.join(_MODES)}, or a tool")
        return choice
    return None if choice is None else _choice(choice)


def _choice(choice: dict[str, Any]) -> dict[str, Any]:
    kind = _kind(choice, "tool_choice")
    if kind == "allowed_tools":
        return _allowed(choice)
    if kind in ("function", "custom"):
        required_text(choice, "name", "tool_choice")
    return choice | {"type": kind}


def _allowed(choice: dict[str, Any]) -> dict[str, Any]:
    if choice.get("mode") not in ("auto", "required"):
        raise invalid("tool_choice.mode", "Expected 'auto' or 'required'")
    tools = choice.get("tools")
    if not isinstance(tools, list) or not tools:
        raise invalid("tool_choice.tools", "Expected at least one tool")
    return choice | {"tools": upstream_tools(tools, "tool_choice.tools")}


def _tool(tool: Tool, where: str) -> Tool:
    if not isinstance(tool, dict):
        raise invalid(where, "Expected a tool")
    kind = _kind(tool, where)
    if kind in ("function", "custom", "namespace"):
        required_text(tool, "name", where)
    said = {name: value for name, value in tool.items() if value is not None} | {"type": kind}
    if kind == "namespace":
        said["tools"] = _members(tool.get("tools"), where)
    return said


def _members(tools: object, where: str) -> list[Tool]:
    if tools is None:
        raise missing(f"{where}.tools")
    if not isinstance(tools, list):
        raise invalid(f"{where}.tools", "Expected a list of tools")
    return upstream_tools(tools, f"{where}.tools")


def _kind(tool: dict[str, Any], where: str) -> str:
    kind = required_text(tool, "type", where)
    if kind in _NOT_OFFERED:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"The tool '{kind}' is not offered by the ChatGPT backend.",
            param=where,
            code="unsupported_tool",
        )
    # Dated and preview names of the search tool are unknown to the backend.
    return "web_search" if kind.startswith("web_search") else kind
