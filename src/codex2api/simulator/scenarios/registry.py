"""Every scenario that a marker can name, and what the request asks for without one."""

from collections.abc import Callable

from codex2api.protocol.json import encode
from codex2api.simulator.scenarios import calls, hosted, messages
from codex2api.simulator.scenarios.instances import instance_of
from codex2api.simulator.scenarios.markers import Marker
from codex2api.simulator.scenarios.script import Script
from codex2api.simulator.scenarios.turn import OfferedTool, Turn

Writer = Callable[[Script, Marker], None]

GREETING = "This is a simulated answer."
MAX_ECHO = 4000
NO_TOOL = f"{GREETING} It would call a tool, but none that fits was offered."
SUMMARY = "**Simulated thought {number}**\n\nThe simulated model weighs part {number}."


def text(script: Script, marker: Marker) -> None:
    """Say that this is simulated and repeat the user's words, or ``n`` deltas of ``size``."""
    count = marker.count("n")
    if count:
        size = marker.count("size", 8)
        pieces = [f"{GREETING} ", *(f"w{i}".ljust(size - 1, "x") + " " for i in range(count - 1))]
        messages.message(script, "".join(pieces), pieces=pieces)
    else:
        messages.message(script, echo(script.turn))


def echo(turn: Turn) -> str:
    """The usual answer."""
    return f"{GREETING} You said: {turn.user_text[:MAX_ECHO]}"


def tool_result(script: Script, _: Marker) -> None:
    """Repeat what the client's tool gave back."""
    result = (script.turn.tool_result or "")[:MAX_ECHO]
    messages.message(script, f"{GREETING} The tool returned: {result}")


def json_answer(script: Script, _: Marker) -> None:
    """Answer with a value that fits the schema of ``text.format``."""
    answer = (script.turn.body.get("text") or {}).get("format") or {}
    schema = answer.get("schema")
    if schema is None:
        value = {"simulated": True, "answer": script.turn.user_text[:MAX_ECHO]}
    else:
        value = instance_of(schema)
    messages.message(script, encode(value).decode())


def reasoning(script: Script, marker: Marker) -> None:
    """Think in ``parts`` summaries, then answer."""
    parts = [SUMMARY.format(number=i + 1) for i in range(marker.count("parts", 2))]
    messages.reasoning(script, parts, raw=marker.params.get("raw"))
    text(script, marker)


def reasoning_tool(script: Script, marker: Marker) -> None:
    """Think, then call a function."""
    messages.reasoning(script, [SUMMARY.format(number=1)])
    tool_call(script, marker)


def tool_call(script: Script, marker: Marker) -> None:
    """Call a function: the one named by ``tool``, the forced one, or the first."""
    tool = chosen_tool(script.turn, marker, "function")
    if tool is None:
        custom_tool(script, marker)
    else:
        arguments = marker.text("args") or calls.arguments_for(tool)
        calls.function_call(script, tool, arguments)


def silent_tool(script: Script, marker: Marker) -> None:
    """Call a function without any argument deltas."""
    tool = chosen_tool(script.turn, marker, "function")
    if tool is None:
        messages.message(script, NO_TOOL)
    else:
        calls.function_call(script, tool, calls.arguments_for(tool), deltas=False)


def parallel_tools(script: Script, marker: Marker) -> None:
    """Call ``calls`` functions, one after the other, the offered ones taking turns."""
    for tool, arguments in _several(script.turn, marker):
        calls.function_call(script, tool, arguments)


def interleaved_tools(script: Script, marker: Marker) -> None:
    """Call ``calls`` functions at once, their deltas taking turns."""
    calls.interleaved_calls(script, _several(script.turn, marker))


def custom_tool(script: Script, marker: Marker) -> None:
    """Call a custom tool."""
    tool = chosen_tool(script.turn, marker, "custom")
    if tool is None:
        messages.message(script, NO_TOOL)
    else:
        calls.custom_call(script, tool, marker.params.get("input"))


def web_search(script: Script, _: Marker) -> None:
    """Search, then answer with a citation."""
    hosted.web_search(script, script.turn.user_text[:100])
    answer = echo(script.turn)
    messages.message(script, answer, annotations=[hosted.citation(answer)])


def image(script: Script, marker: Marker) -> None:
    """Make an image; ``kb`` pads it."""
    hosted.image(script, padding=marker.count("kb") * 1024)


def refusal(script: Script, _: Marker) -> None:
    """Refuse in the way of the model: a completed message that says no."""
    messages.refusal(script, "This is a simulated refusal.")


def commentary(script: Script, marker: Marker) -> None:
    """Comment first, then answer: two messages of different phases."""
    messages.message(script, "Simulated commentary before the answer.", phase="commentary")
    text(script, marker)


def empty(_script: Script, _marker: Marker) -> None:
    """Say nothing."""


def big(script: Script, marker: Marker) -> None:
    """Answer in one delta of ``mb`` megabytes."""
    words = "simulated " * (marker.count("mb", 5) * 104_858)
    messages.message(script, words, pieces=[words])


TOOL_WRITERS: dict[str, Writer] = {
    "tool_call": tool_call,
    "reasoning_tool": reasoning_tool,
    "silent_tool": silent_tool,
    "parallel_tools": parallel_tools,
    "interleaved_tools": interleaved_tools,
    "custom_tool": custom_tool,
}
"""Scenarios that give way to an answer once the client has run its tools ``rounds`` times."""

WRITERS: dict[str, Writer] = {
    "text": text,
    "tool_result": tool_result,
    "json": json_answer,
    "reasoning": reasoning,
    "web_search": web_search,
    "image": image,
    "refusal": refusal,
    "commentary": commentary,
    "empty": empty,
    "big": big,
    **TOOL_WRITERS,
}


def writer_for(turn: Turn) -> Writer:
    """The writer that the marker names, or the one that the request asks for by itself."""
    name = turn.marker.name
    if name in TOOL_WRITERS and turn.tool_rounds >= turn.marker.count("rounds", 1):
        name = None
    return WRITERS[name] if name in WRITERS else _natural(turn)


def _natural(turn: Turn) -> Writer:
    answer = (turn.body.get("text") or {}).get("format") or {}
    choice = turn.body.get("tool_choice")
    if turn.tool_result is None and (choice == "required" or isinstance(choice, dict)):
        return _forced(choice)
    if answer.get("type") in ("json_schema", "json_object"):
        return json_answer
    return text if turn.tool_result is None else tool_result


def _forced(choice: object) -> Writer:
    kind = choice.get("type") if isinstance(choice, dict) else "function"
    hosted_writers = {"web_search": web_search, "image_generation": image, "custom": custom_tool}
    return hosted_writers.get(str(kind), tool_call)


def chosen_tool(turn: Turn, marker: Marker, kind: str) -> OfferedTool | None:
    """The tool to call among those of a kind, ``None`` if there is none."""
    choice = turn.body.get("tool_choice")
    forced = choice.get("name") if isinstance(choice, dict) else None
    name = marker.params.get("tool") or forced
    offered = [tool for tool in turn.tools if tool.kind == kind]
    named = [tool for tool in offered if tool.name == name]
    return next(iter(named or offered), None)


def _several(turn: Turn, marker: Marker) -> list[tuple[OfferedTool, str]]:
    offered = [tool for tool in turn.tools if tool.kind == "function"]
    if not offered:
        return []
    wanted = [offered[i % len(offered)] for i in range(marker.count("calls", 2))]
    return [(tool, calls.arguments_for(tool, i)) for i, tool in enumerate(wanted)]
