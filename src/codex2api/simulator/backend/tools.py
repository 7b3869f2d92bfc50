"""Rules for tools and for the choice among them (protocol sheet, section 2.7)."""

import re
from collections.abc import Mapping
from typing import Any

from codex2api.simulator.backend.items import missing
from codex2api.simulator.backend.refusal import envelope
from codex2api.simulator.backend.schemas import fault_of

TYPES = (
    "function", "namespace", "custom", "web_search", "image_generation", "tool_search",
    "local_shell",
)  # fmt: skip
MAX_NAME = 64
_NAME = re.compile(r"[a-zA-Z0-9_-]+")


def check_tools(tools: Any, where: str = "tools") -> None:
    """Each tool by itself, namespaces opened."""
    if tools is not None and not isinstance(tools, list):
        raise missing(where)
    for number, tool in enumerate(tools or ()):
        here = f"{where}[{number}]"
        kind = tool.get("type") if isinstance(tool, dict) else None
        if not isinstance(kind, str) or kind not in TYPES:
            raise envelope(f"Unsupported tool type: {kind}", "tools", "invalid_value")
        if kind == "namespace":
            check_tools(tool.get("tools"), f"{here}.tools")
        if kind in ("function", "custom", "namespace"):
            _check_name(tool, here)
        if kind == "function":
            _check_schema(tool, here)


def check_choice(body: Mapping[str, Any], names: set[str]) -> None:
    """A forced tool must be offered."""
    choice = body.get("tool_choice")
    if choice == "required" and not names:
        raise _bad_choice("Tool choice 'required' must be specified with 'tools' parameter.")
    if isinstance(choice, dict) and choice.get("type") in ("function", "custom"):
        if str(choice.get("name")) not in names:
            kind = choice["type"]
            raise _bad_choice(f"Tool choice '{kind}' not found in 'tools' parameter.")
    elif isinstance(choice, str) and choice not in ("auto", "none", "required"):
        raise _bad_choice(f"Invalid value: '{choice}'.")


def check_format(body: Mapping[str, Any]) -> None:
    """A strict answer schema must be closed and complete."""
    answer = (body.get("text") or {}).get("format") or {}
    if answer.get("type") != "json_schema":
        return
    for name in ("name", "schema"):
        if not answer.get(name):
            raise missing(f"text.format.{name}")
    fault = fault_of(answer["schema"], strict=answer.get("strict") is True)
    if fault is not None:
        raise envelope(
            f"Invalid schema for response_format '{answer['name']}': {fault}",
            "text.format.schema",
            "invalid_json_schema",
        )


def _check_name(tool: Mapping[str, Any], where: str) -> None:
    name = tool.get("name")
    param = f"{where}.name"
    if not isinstance(name, str) or not name:
        raise missing(param)
    if len(name) > MAX_NAME:
        raise envelope(
            f"Invalid '{param}': string too long. Expected a string with maximum length "
            f"{MAX_NAME}, but got a string with length {len(name)} instead.",
            param,
            "string_above_max_length",
        )
    if not _NAME.fullmatch(name):
        raise envelope(
            f"Invalid '{param}': string does not match pattern. Expected a string that matches "
            "the pattern '^[a-zA-Z0-9_-]+$'.",
            param,
            "invalid_value",
        )


def _check_schema(tool: Mapping[str, Any], where: str) -> None:
    schema = tool.get("parameters")
    if schema is None:
        return
    fault = fault_of(schema, strict=tool.get("strict") is True)
    if fault is not None:
        raise envelope(
            f"Invalid schema for function '{tool['name']}': {fault}",
            f"{where}.parameters",
            "invalid_function_parameters",
        )


def _bad_choice(text: str) -> Exception:
    return envelope(text, "tool_choice", "invalid_value")
