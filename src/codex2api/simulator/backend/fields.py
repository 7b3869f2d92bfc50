"""Rules for the top level of a request body (protocol sheet, sections 2.2 and 2.3)."""

from collections.abc import Mapping
from typing import Any

from codex2api.simulator.backend.models import SimulatedModel
from codex2api.simulator.backend.refusal import detail, envelope

Body = Mapping[str, Any]

ALLOWED = frozenset(
    (
        "model", "instructions", "input", "store", "stream", "tools", "tool_choice",
        "parallel_tool_calls", "reasoning", "include", "prompt_cache_key", "service_tier",
        "text", "stream_options", "client_metadata", "access_programs",
    )
)  # fmt: skip
INCLUDES = frozenset(
    (
        "reasoning.encrypted_content",
        "web_search_call.action.sources",
        "web_search_call.results",
        "message.output_text.logprobs",
        "message.input_image.image_url",
    )
)
TYPES: dict[str, tuple[type, str]] = {
    "tools": (list, "an array"),
    "include": (list, "an array"),
    "reasoning": (dict, "an object"),
    "text": (dict, "an object"),
    "stream_options": (dict, "an object"),
    "client_metadata": (dict, "an object"),
    "instructions": (str, "a string"),
    "prompt_cache_key": (str, "a string"),
}
EVERYONE_MAY = ("priority",)


def check_names(body: Body) -> None:
    """Refuse the first field that is not on the list, or of a wrong type."""
    for name in body:
        if name not in ALLOWED:
            raise detail(f"Unsupported parameter: {name}")
    for name, (kind, words) in TYPES.items():
        check_type(body, name, kind, words)
    for name, value in (body.get("stream_options") or {}).items():
        if (name, value) != ("reasoning_summary_delivery", "sequential_cutoff"):
            raise detail(f"Unsupported parameter: stream_options.{name}")


def check_switches(body: Body) -> None:
    """``store`` and ``stream`` must be said, and said right; ``input`` must be a list."""
    if body.get("store") is not False:
        raise detail("Store must be set to false")
    if body.get("stream") is not True:
        raise detail("Stream must be set to true")
    items = body.get("input")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise detail("Input must be a list")


def check_instructions(body: Body, *, needed: bool, official: str | None) -> None:
    """``instructions`` must be there, even if empty.

    Args:
        body: The request.
        needed: False for Lite, and for Codex itself, which sends them as its first item.
        official: The only text taken, under the rule of 2025.
    """
    instructions = body.get("instructions")
    if instructions is None and needed:
        raise detail("Instructions are required")
    if official is not None and instructions != official:
        raise detail("Instructions are not valid")


def pick_model(body: Body, served: Mapping[str, SimulatedModel]) -> SimulatedModel:
    """The model that is asked for."""
    slug = body.get("model")
    if not isinstance(slug, str) or not slug:
        raise envelope(
            "Missing required parameter: 'model'.", "model", "missing_required_parameter"
        )
    if slug not in served:
        raise detail(
            f"The '{slug}' model is not supported when using Codex with a ChatGPT account."
        )
    return served[slug]


def check_tier(body: Body, model: SimulatedModel) -> None:
    """Only ``priority``, and what else the model lists."""
    tier = body.get("service_tier")
    if tier is not None and tier not in (*EVERYONE_MAY, *model.tiers):
        raise detail(f"Unsupported service_tier: {tier}")


def check_reasoning(body: Body, model: SimulatedModel) -> None:
    """The effort must be one of the model's; the other settings have fixed values."""
    reasoning = body.get("reasoning") or {}
    effort = reasoning.get("effort")
    if effort is not None and effort not in model.accepted_efforts:
        raise envelope(
            f"Unsupported value: '{effort}' is not supported with the '{model.slug}' model. "
            f"Supported values are: {listed(model.accepted_efforts)}.",
            "reasoning.effort",
            "unsupported_value",
        )
    check_choice(reasoning, "summary", ("auto", "concise", "detailed"), "reasoning.summary")
    contexts = ("auto", "current_turn", "all_turns")
    check_choice(reasoning, "context", contexts, "reasoning.context")


def check_text(body: Body) -> None:
    """Verbosity and answer format."""
    text = body.get("text") or {}
    check_type(text, "format", dict, "an object", "text.format")
    check_choice(text, "verbosity", ("low", "medium", "high"), "text.verbosity")
    kinds = ("text", "json_object", "json_schema")
    check_choice(text.get("format") or {}, "type", kinds, "text.format.type")


def check_extras(body: Body) -> None:
    """``include`` and ``client_metadata``."""
    for number, name in enumerate(body.get("include") or ()):
        if not isinstance(name, str) or name not in INCLUDES:
            raise invalid_value(name, sorted(INCLUDES), f"include[{number}]")
    for name, value in (body.get("client_metadata") or {}).items():
        if not isinstance(value, str):
            raise envelope(
                f"Invalid type for 'client_metadata.{name}': expected a string.",
                f"client_metadata.{name}",
                "invalid_type",
            )


def check_type(
    values: Mapping[str, Any], name: str, kind: type, words: str, param: str | None = None
) -> None:
    """A value, if present, must be of a type."""
    value = values.get(name)
    if value is not None and not isinstance(value, kind):
        param = param or name
        raise envelope(
            f"Invalid type for '{param}': expected {words}, but got {type(value).__name__} "
            "instead.",
            param,
            "invalid_type",
        )


def check_choice(
    values: Mapping[str, Any], name: str, choices: tuple[str, ...], param: str
) -> None:
    """A value, if present, must be one of ``choices``."""
    value = values.get(name)
    if value is not None and (not isinstance(value, str) or value not in choices):
        raise invalid_value(value, choices, param)


def invalid_value(value: object, choices: object, param: str) -> Exception:
    """The refusal of a value outside a fixed list."""
    return envelope(
        f"Invalid value: '{value}'. Supported values are: {listed(choices)}.",
        param,
        "invalid_value",
    )


def listed(values: Any) -> str:
    """Values as the backend lists them."""
    quoted = [f"'{value}'" for value in values]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])}{',' if len(quoted) > 2 else ''} and {quoted[-1]}"
