"""Rules of the "Responses Lite" shape (protocol sheet, section 2.6)."""

from collections.abc import Mapping
from typing import Any

from codex2api.simulator.backend.models import SimulatedModel
from codex2api.simulator.backend.refusal import detail, envelope
from codex2api.simulator.scenarios.turn import offered_tools

HEADER = "X-OpenAI-Internal-Codex-Responses-Lite"
HOSTED = ("web_search", "image_generation", "local_shell")


def check_shape(model: SimulatedModel, *, lite: bool, strict: bool) -> None:
    """The header must fit the model; without it, strict knows no Lite model."""
    if lite and not model.lite:
        raise envelope(
            f"This model is not supported when using {HEADER}.", "model", "unsupported_value"
        )
    if model.lite and not lite and strict:
        raise detail(f"Model not found {model.slug}", 404)


def check_lite(body: Mapping[str, Any], *, strict: bool) -> None:
    """Everything that a request with the Lite header must keep to."""
    if any(tool.get("type") in HOSTED for tool in body.get("tools") or ()):
        raise hosted_refusal()
    for name in ("tools", "instructions"):
        if body.get(name):
            raise _unsupported(f"{HEADER} does not support top-level `{name}`.", name)
    if body.get("parallel_tool_calls") is not False:
        text = f"{HEADER} requires `parallel_tool_calls` to be false."
        raise _unsupported(text, "parallel_tool_calls")
    if (body.get("reasoning") or {}).get("context") != "all_turns":
        text = f"{HEADER} requires `reasoning.context` to be all_turns."
        raise _unsupported(text, "reasoning.context")
    _check_tools(body)
    if strict:
        _check_details(body)


def _check_tools(body: Mapping[str, Any]) -> None:
    for number, item in enumerate(body["input"]):
        if item.get("type") != "additional_tools":
            continue
        if number != 0 or item.get("role") != "developer":
            text = "An additional_tools item must be the first item, of role developer."
            raise _unsupported(text, f"input[{number}]")
    # Reported: web search hidden in additional_tools is ignored in silence; the rest is refused.
    for tool in offered_tools(body):
        if tool.kind in HOSTED and tool.kind != "web_search":
            raise hosted_refusal()
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and str(choice.get("type")) in HOSTED:
        raise hosted_refusal()


def hosted_refusal() -> Exception:
    """The refusal of tools that the backend would run itself."""
    return envelope(
        f"{HEADER} only supports function tools, custom tools, and client-executed tool search.",
        "tools",
        "unsupported_value",
    )


def _check_details(body: Mapping[str, Any]) -> None:
    for number, item in enumerate(body["input"]):
        content = item.get("content")
        for place, part in enumerate(content if isinstance(content, list) else ()):
            image = isinstance(part, dict) and part.get("type") == "input_image"
            if image and part.get("detail") is not None:
                param = f"input[{number}].content[{place}].detail"
                raise envelope(f"Unknown parameter: '{param}'.", param, "unknown_parameter")


def _unsupported(text: str, param: str) -> Exception:
    return envelope(text, param, "unsupported_value")
