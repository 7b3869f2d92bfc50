"""Tools and tool choices as OpenAI clients write them, nested (chat) or flat (Responses).

The result is always flat, as the upstream wants it. Hosted tools keep their fields.
"""

import re
from collections.abc import Iterable
from typing import Any

from codex2api.dialects.openai_refusals import invalid, missing
from codex2api.protocol.items import Tool

_NAME = re.compile(r"[A-Za-z0-9_.:/-]{1,128}")
"""Wider than OpenAI's own rule: the upstream room gives long and dotted names (MCP) an alias."""

_NO_PARAMETERS: dict[str, Any] = {"type": "object", "properties": {}}

_MODES = ("none", "auto", "required")
_WRAPPED = ("function", "custom")


def upstream_tools(tools: Iterable[dict[str, Any]], where: str = "tools") -> list[Tool]:
    """The tools, flat.

    Raises:
        ApiError: A tool has no type, no proper name, or a field of the wrong kind.
    """
    return [upstream_tool(tool, f"{where}[{position}]") for position, tool in enumerate(tools)]


def upstream_tool(tool: dict[str, Any], where: str) -> Tool:
    """One tool, flat.

    Raises:
        ApiError: As ``upstream_tools``.
    """
    match tool.get("type"):
        case "function":
            return function_tool(*_unwrapped(tool, "function", where))
        case "custom":
            return _custom_tool(*_unwrapped(tool, "custom", where))
        case str(kind) if kind:
            return tool | {"type": _hosted(kind)}
        case _:
            raise invalid(f"{where}.type", "expected the type of a tool")


def function_tool(function: dict[str, Any], where: str) -> Tool:
    """A function in the upstream's terms.

    ``strict`` is always spelled out: left out, the chat API means false and the Responses API true.

    Raises:
        ApiError: As ``upstream_tools``.
    """
    tool: Tool = {"type": "function", "name": _name(function, where)}
    tool |= _described(function, where)
    tool["strict"] = _optional(function, "strict", bool, where) or False
    tool["parameters"] = _optional(function, "parameters", dict, where) or _NO_PARAMETERS
    return tool


def upstream_choice(
    choice: str | dict[str, Any], tools: list[Tool], where: str = "tool_choice"
) -> str | dict[str, Any]:
    """A tool choice, flat; ``tools`` are flat already.

    Raises:
        ApiError: Its form is unknown, or it names a tool that is not there.
    """
    if isinstance(choice, str):
        if choice not in _MODES:
            raise invalid(where, "expected none, auto, required or an object")
        if choice == "required" and not tools:
            raise invalid(where, "it demands a tool and there are none")
        return choice
    if choice.get("type") == "allowed_tools":
        return _allowed_tools(choice, tools, where)
    return _named(choice, where, tools)


def _allowed_tools(choice: dict[str, Any], tools: list[Tool], where: str) -> dict[str, Any]:
    allowed, where = _unwrapped(choice, "allowed_tools", where)
    mode = _one_of(allowed, "mode", ("auto", "required"), where)
    named = _optional(allowed, "tools", list, where)
    if not named:
        raise invalid(f"{where}.tools", "expected at least one tool")
    chosen = [_named(tool, f"{where}.tools[{at}]", tools) for at, tool in enumerate(named)]
    return {"type": "allowed_tools", "mode": mode, "tools": chosen}


def _named(choice: Any, where: str, tools: list[Tool]) -> dict[str, Any]:
    kind = choice.get("type") if isinstance(choice, dict) else None
    if not isinstance(kind, str) or not kind:
        raise invalid(f"{where}.type", "expected the type of a tool")
    if kind not in _WRAPPED:
        return {"type": _hosted(kind)}
    inner, inner_where = _unwrapped(choice, kind, where)
    name = _name(inner, inner_where)
    if not any(tool["type"] == kind and tool["name"] == name for tool in tools):
        raise invalid(f"{inner_where}.name", f"there is no {kind} tool '{name}' in 'tools'")
    return {"type": kind, "name": name}


def _custom_tool(custom: dict[str, Any], where: str) -> Tool:
    tool: Tool = {"type": "custom", "name": _name(custom, where)} | _described(custom, where)
    form = _optional(custom, "format", dict, where)
    if form is not None:
        tool["format"] = _format(form, f"{where}.format")
    return tool


def _format(form: dict[str, Any], where: str) -> dict[str, Any]:
    match form.get("type"):
        case "text":
            return {"type": "text"}
        case "grammar":
            grammar, where = _unwrapped(form, "grammar", where)
            return {
                "type": "grammar",
                "syntax": _one_of(grammar, "syntax", ("lark", "regex"), where),
                "definition": _text(grammar, "definition", where),
            }
        case _:
            raise invalid(f"{where}.type", "expected text or grammar")


def _hosted(kind: str) -> str:
    # Dated and preview names of the search tool are unknown to the backend.
    return "web_search" if kind.startswith("web_search") else kind


def _unwrapped(outer: dict[str, Any], key: str, where: str) -> tuple[dict[str, Any], str]:
    """The object under ``key`` where the caller nests, else ``outer`` itself; and its place."""
    inner = outer.get(key)
    if inner is None:
        return outer, where if "name" in outer or "mode" in outer else f"{where}.{key}"
    if not isinstance(inner, dict):
        raise invalid(f"{where}.{key}", "expected an object")
    return inner, f"{where}.{key}"


def _name(fields: dict[str, Any], where: str) -> str:
    name = _text(fields, "name", where)
    if not _NAME.fullmatch(name):
        raise invalid(
            f"{where}.name", "expected at most 128 letters, digits, '_', '-', '.', ':' or '/'"
        )
    return name


def _described(fields: dict[str, Any], where: str) -> dict[str, Any]:
    description = _optional(fields, "description", str, where)
    return {} if description is None else {"description": description}


def _text(fields: dict[str, Any], key: str, where: str) -> str:
    value = _optional(fields, key, str, where)
    if value is None:
        raise missing(f"{where}.{key}")
    return str(value)


def _one_of(fields: dict[str, Any], key: str, values: tuple[str, ...], where: str) -> str:
    value = _text(fields, key, where)
    if value not in values:
        raise invalid(f"{where}.{key}", f"expected {' or '.join(values)}")
    return value


_KINDS = {str: "a string", bool: "a boolean", dict: "an object", list: "an array"}


def _optional(fields: dict[str, Any], key: str, kind: type, where: str) -> Any:
    value = fields.get(key)
    if value is not None and not isinstance(value, kind):
        raise invalid(f"{where}.{key}", f"expected {_KINDS[kind]}")
    return value
