"""Every call needs its output and every output its call (protocol sheet, section 2.3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from codex2api.simulator.backend.refusal import envelope
from codex2api.simulator.scenarios.turn import offered_tools

WORDS = {
    "function_call": "function call",
    "custom_tool_call": "custom tool call",
    "local_shell_call": "local shell call",
}
OUTPUTS = {
    "function_call_output": "function call",
    "custom_tool_call_output": "custom tool call",
    "local_shell_call_output": "local shell call",
}


def check_pairs(items: Sequence[Mapping[str, Any]]) -> None:
    """Refuse the first orphan, whichever it is."""
    calls = {str(item.get("call_id")) for item in items if str(item.get("type")) in WORDS}
    outputs = {str(item.get("call_id")) for item in items if str(item.get("type")) in OUTPUTS}
    for item in items:
        kind, call_id = str(item.get("type")), str(item.get("call_id"))
        if kind in WORDS and call_id not in outputs:
            raise envelope(f"No tool output found for {WORDS[kind]} {call_id}.", "input")
        if kind in OUTPUTS and call_id not in calls:
            raise envelope(
                f"No tool call found for {OUTPUTS[kind]} output with call_id {call_id}.", "input"
            )


def check_namespaces(body: Mapping[str, Any]) -> None:
    """On a classic request a replayed namespace must be one that is offered."""
    offered = {str(tool.namespace) for tool in offered_tools(body)}
    for number, item in enumerate(body["input"]):
        namespace = item.get("namespace")
        if namespace is not None and str(namespace) not in offered:
            param = f"input[{number}].namespace"
            raise envelope(f"Unknown parameter: '{param}'.", param, "unknown_parameter")
