"""The answer that a rule of a scenario file stands for."""

from collections.abc import Callable, Mapping
from typing import Any

from codex2api.protocol.json import encode
from codex2api.simulator.backend.limits import Limits
from codex2api.simulator.scenarios import calls, hosted, messages
from codex2api.simulator.scenarios.answers import (
    Answer,
    Break,
    Close,
    Delivery,
    Fault,
    Stream,
    delivery_of,
)
from codex2api.simulator.scenarios.choose import answer_marker, script_options
from codex2api.simulator.scenarios.markers import read_marker
from codex2api.simulator.scenarios.rules import Rule
from codex2api.simulator.scenarios.script import Script
from codex2api.simulator.scenarios.turn import OfferedTool, Turn

Step = Callable[[Script, Any], None]

CLOSES = {
    "cut": Close.CLEAN,
    "cut_chunk": Close.CUT,
    "reset": Close.RESET,
    "stall": Close.STALL,
    "stall_comments": Close.STALL_COMMENTS,
}
"""Faults that come after the rule's events, in place of ``response.completed``."""

BREAKS = {"close_early": Break.CLOSE, "reset_early": Break.RESET, "hang": Break.HANG}
"""Faults that come before the status line."""

TERMINAL = ("response.completed", "response.incomplete", "response.failed", "error")


def answer_rule(rule: Rule, turn: Turn, limits: Limits, *, full_output: bool) -> Answer:
    """The answer of ``rule`` for ``turn``."""
    if isinstance(rule.fault, Mapping):
        return _http(rule.fault)
    if rule.fault in BREAKS:
        return Fault(breaks=BREAKS[rule.fault])
    if rule.marker is not None:
        return answer_marker(
            turn.with_marker(read_marker(rule.marker)), limits, full_output=full_output
        )
    options = script_options(turn.marker, limits, full_output=full_output)
    script = Script(turn, options)
    script.begin()
    for step in rule.events or ():
        _take(script, step)
    delivery = delivery_of(turn.marker)
    if rule.fault is not None:
        return Stream(script.events, Delivery(close=CLOSES[rule.fault]))
    if script.events[-1]["type"] not in TERMINAL:
        script.complete()
    return Stream(script.events, delivery)


def _http(fault: Mapping[str, Any]) -> Fault:
    body = fault.get("body", {"detail": "Simulated failure."})
    headers = {str(name): str(value) for name, value in (fault.get("headers") or {}).items()}
    delay = float(fault.get("delay", 0))
    if isinstance(body, str):
        kind = "text/html" if body.lstrip().startswith("<") else "text/plain"
        return Fault(int(fault["status"]), body.encode(), headers, kind, delay=delay)
    return Fault(int(fault["status"]), encode(body), headers, delay=delay)


def _take(script: Script, step: Mapping[str, Any]) -> None:
    if "type" in step:
        script.add_raw(dict(step))
        return
    for name, value in step.items():
        STEPS[name](script, value)


def _text(script: Script, value: Any) -> None:
    pieces = None if isinstance(value, str) else [str(piece) for piece in value]
    messages.message(script, value if pieces is None else "".join(pieces), pieces=pieces)


def _commentary(script: Script, value: Any) -> None:
    messages.message(script, str(value), phase="commentary")


def _reasoning(script: Script, value: Any) -> None:
    messages.reasoning(script, [value] if isinstance(value, str) else [str(v) for v in value])


def _tool_call(script: Script, value: Any) -> None:
    tool = _offered(script.turn, "function", value["name"])
    arguments = value.get("arguments")
    if arguments is None:
        arguments = calls.arguments_for(tool)
    elif not isinstance(arguments, str):
        arguments = encode(arguments).decode()
    calls.function_call(script, tool, arguments)


def _custom_call(script: Script, value: Any) -> None:
    tool = _offered(script.turn, "custom", value["name"])
    calls.custom_call(script, tool, value.get("input"))


def _offered(turn: Turn, kind: str, name: str) -> OfferedTool:
    """The offered tool of that name, so that its namespace comes back; else a bare one."""
    for tool in turn.tools:
        if (tool.kind, tool.name) == (kind, name):
            return tool
    return OfferedTool({"type": kind, "name": name}, None)


def _refusal(script: Script, value: Any) -> None:
    messages.refusal(script, str(value))


def _web_search(script: Script, value: Any) -> None:
    hosted.web_search(script, str(value))


def _image(script: Script, _: Any) -> None:
    hosted.image(script)


def _failed(script: Script, value: Any) -> None:
    script.add("response.failed", response=script.response("failed") | {"error": dict(value)})


def _incomplete(script: Script, value: Any) -> None:
    response = script.final("incomplete", incomplete_details={"reason": str(value)})
    script.add("response.incomplete", response=response)


STEPS: dict[str, Step] = {
    "text": _text,
    "commentary": _commentary,
    "reasoning": _reasoning,
    "tool_call": _tool_call,
    "custom_tool_call": _custom_call,
    "refusal": _refusal,
    "web_search": _web_search,
    "image": _image,
    "failed": _failed,
    "incomplete": _incomplete,
}
"""The shorthand of an entry's ``events``."""
