"""All rules for a request, in the order in which they are tried: the first fault is the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from codex2api.simulator.backend import fields, items, lite, pairs, tools
from codex2api.simulator.backend.models import SimulatedModel, catalogue
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.scenarios.turn import offered_tools

CODEX_MARK = "internal_chat_message_metadata_passthrough"


@dataclass(frozen=True, slots=True)
class Sender:
    """What the headers say about who asks.

    Attributes:
        account_id: Whose encrypted content is good.
        lite: Whether the Lite header is set.
    """

    account_id: str
    originator: str = ""
    lite: bool = False


def validate(body: Mapping[str, Any], sender: Sender, options: SimulatorOptions) -> SimulatedModel:
    """The model to answer as.

    Raises:
        RefusalError: The first rule that the request breaks.
    """
    fields.check_names(body)
    fields.check_switches(body)
    needed = not sender.lite and not _is_codex(body, sender)
    fields.check_instructions(body, needed=needed, official=options.official_prompt)
    items.check_roles(body["input"])
    model = fields.pick_model(body, catalogue(with_older=options.all_models))
    fields.check_tier(body, model)
    lite.check_shape(model, lite=sender.lite, strict=options.strict)
    _check_tools(body)
    if sender.lite:
        lite.check_lite(body, strict=options.strict)
    _check_values(body, model)
    items.check_items(body["input"], sender.account_id)
    if not model.lite:
        pairs.check_namespaces(body)
    pairs.check_pairs(body["input"])
    return model


def _check_values(body: Mapping[str, Any], model: SimulatedModel) -> None:
    fields.check_reasoning(body, model)
    fields.check_text(body)
    fields.check_extras(body)
    tools.check_choice(body, {tool.name for tool in offered_tools(body)})
    tools.check_format(body)


def _check_tools(body: Mapping[str, Any]) -> None:
    tools.check_tools(body.get("tools"))
    for number, item in enumerate(body["input"]):
        if item.get("type") == "additional_tools":
            tools.check_tools(item.get("tools"), f"input[{number}].tools")


def _is_codex(body: Mapping[str, Any], sender: Sender) -> bool:
    """Whether this is Codex itself, whose instructions are its first item (section 12.1)."""
    first = body["input"][0] if body["input"] else {}
    named = sender.originator.startswith("codex_exec") or CODEX_MARK in first
    return named and first.get("role") == "developer"
