"""Items that ask the client to run something: function calls and custom tool calls."""

from collections.abc import Mapping, Sequence
from typing import Any

from codex2api.protocol.json import encode
from codex2api.simulator.scenarios.instances import instance_of
from codex2api.simulator.scenarios.messages import cut
from codex2api.simulator.scenarios.script import Script
from codex2api.simulator.scenarios.turn import OfferedTool

SHELL_ARGUMENTS: Mapping[str, Any] = {"cmd": "echo codex-tool-ok"}
"""What Codex is asked to run: harmless, and easy to recognise in its transcript."""

CUSTOM_INPUT = "simulated input"
PATCH = (
    "*** Begin Patch\n*** Add File: simulated.txt\n+written by a simulated model\n*** End Patch\n"
)
ARGUMENT_DELTA = 8


class Call:
    """One function call on its way into a script."""

    def __init__(self, script: Script, offered: OfferedTool, arguments: str) -> None:
        self._script = script
        self.index = script.next_index()
        self.arguments = arguments
        self._item: dict[str, Any] = {
            "id": script.item_id("fc", self.index),
            "type": "function_call",
            "status": "in_progress",
            "arguments": "",
            "call_id": script.item_id("call", self.index),
            "name": offered.name,
        }
        if offered.namespace is not None:
            self._item["namespace"] = offered.namespace

    @property
    def _where(self) -> dict[str, Any]:
        return {"item_id": self._item["id"], "output_index": self.index}

    def open(self) -> None:
        """Write the item without arguments."""
        self._script.add(
            "response.output_item.added", output_index=self.index, item=dict(self._item)
        )

    def delta(self, text: str) -> None:
        """Write a piece of the arguments."""
        self._script.delta("response.function_call_arguments.delta", text, **self._where)

    def close(self) -> None:
        """Write the whole arguments and the finished item."""
        self._script.add(
            "response.function_call_arguments.done", **self._where, arguments=self.arguments
        )
        done = {"status": "completed", "arguments": self.arguments}
        self._script.finish_item(self.index, self._item | done)


def arguments_for(tool: OfferedTool, number: int = 0) -> str:
    """Arguments that fit the tool's schema; ``number`` tells parallel calls apart."""
    if tool.name == "exec_command":
        return encode(SHELL_ARGUMENTS).decode()
    value = instance_of(tool.tool.get("parameters") or {"type": "object", "properties": {}})
    if number and isinstance(value, dict):
        value = {key: _varied(inner, number) for key, inner in value.items()}
    return encode(value).decode()


def _varied(value: Any, number: int) -> Any:
    """The same value a little different, where a schema cannot mind."""
    return f"{value} {number + 1}" if value == "simulated" else value


def function_call(
    script: Script, tool: OfferedTool, arguments: str, *, deltas: bool = True
) -> None:
    """Write one call from beginning to end; without ``deltas`` only its done events tell."""
    call = Call(script, tool, arguments)
    call.open()
    if deltas:
        for piece in cut(arguments, ARGUMENT_DELTA):
            call.delta(piece)
    call.close()


def interleaved_calls(script: Script, calls: Sequence[tuple[OfferedTool, str]]) -> None:
    """Write several calls whose argument deltas take turns."""
    opened = [Call(script, tool, arguments) for tool, arguments in calls]
    for call in opened:
        call.open()
    pieces = [cut(call.arguments, ARGUMENT_DELTA) for call in opened]
    for turn in range(max(map(len, pieces), default=0)):
        for call, texts in zip(opened, pieces, strict=True):
            if turn < len(texts):
                call.delta(texts[turn])
    for call in opened:
        call.close()


def custom_call(script: Script, tool: OfferedTool, text: str | None = None) -> None:
    """Write one call of a custom tool, whose input is free text."""
    if text is None:
        text = PATCH if tool.name == "apply_patch" else CUSTOM_INPUT
    index = script.next_index()
    item: dict[str, Any] = {
        "id": script.item_id("ctc", index),
        "type": "custom_tool_call",
        "status": "in_progress",
        "call_id": script.item_id("call", index),
        "name": tool.name,
        "input": "",
    }
    if tool.namespace is not None:
        item["namespace"] = tool.namespace
    where = {"item_id": item["id"], "output_index": index}
    script.add("response.output_item.added", output_index=index, item=dict(item))
    for piece in cut(text, ARGUMENT_DELTA):
        script.delta("response.custom_tool_call_input.delta", piece, **where)
    script.add("response.custom_tool_call_input.done", **where, input=text)
    script.finish_item(index, item | {"status": "completed", "input": text})
