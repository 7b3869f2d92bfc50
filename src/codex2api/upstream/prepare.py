"""The backend's rules, applied to any ``ResponsesRequest``.

The body is an allow-list (protocol sheet, section 2.2): a field that is not written here is never
sent, because an unknown one is refused with a 400.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from codex2api.catalog.models import ModelSpec, Resolved
from codex2api.protocol.items import Item, Tool, input_text, message
from codex2api.protocol.request import ResponsesRequest
from codex2api.upstream import shapes, wishes
from codex2api.upstream.cachekey import cache_key
from codex2api.upstream.history import clean_items
from codex2api.upstream.notes import Notes
from codex2api.upstream.shapes import Shape
from codex2api.upstream.tools import Restorer, fit_calls, fit_choice, fit_tools, shortened

_ENCRYPTED_REASONING = "reasoning.encrypted_content"
_OFFERED_CHOICES = {"function", "custom", "allowed_tools"}
_GOOD_INCLUDES = {_ENCRYPTED_REASONING, "web_search_call.action.sources"}


class PromptPolicy(StrEnum):
    """Where the packaged prompt goes (contract, section 2)."""

    FILL = "fill"
    PREPEND = "prepend"
    OFF = "off"


def no_prompt(_slug: str) -> str:
    """For a server without packaged prompts."""
    return ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator has decided.

    Attributes:
        default_effort: ``None`` unless the operator has set one: the model's own then counts.
        prompt: The packaged prompt of a model.
    """

    policy: PromptPolicy = PromptPolicy.FILL
    default_effort: str | None = None
    default_verbosity: str | None = None
    prompt: Callable[[str], str] = no_prompt


class Prepared(msgspec.Struct, frozen=True):
    """A request as the backend takes it.

    Attributes:
        slug: The model asked of the backend.
        restorer: Undoes in the events what was done to names here.
        cache_key: Also the session id.
    """

    body: dict[str, Any]
    slug: str
    shape: Shape
    restorer: Restorer
    cache_key: str
    adjusted: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def effort(self) -> str | None:
        """Of reasoning, if the body asks for any."""
        effort: str | None = self.body.get("reasoning", {}).get("effort")
        return effort


def prepare(request: ResponsesRequest, resolved: Resolved, rules: Rules, shape: Shape) -> Prepared:
    """A body that the backend accepts, and a report of what had to give way.

    Raises:
        ApiError: The wish makes no sense for this model.
    """
    spec, notes = resolved.spec, Notes(request.dropped, request.adjusted)
    key = cache_key(request, spec.slug)
    tools = shapes.offered(fit_tools(request.tools), shape, notes)
    namespace = shapes.namespace_for(tools) if shape is Shape.LITE else None
    instructions, items = _prompted(request, spec, rules)
    items = fit_calls(items, namespace)
    body: dict[str, Any] = {"model": spec.slug, "store": False, "stream": True}
    if shape is Shape.LITE:
        body |= shapes.lite(instructions, items, tools, namespace, notes)
    else:
        body |= shapes.classic(instructions, items, tools)
    body |= tool_use(request, tools, shape, notes)
    body |= _answer_form(request, resolved, rules, shape, notes)
    body["include"] = include(request.include, notes)
    body["prompt_cache_key"] = key
    if request.client_metadata:
        body["client_metadata"] = request.client_metadata
    return Prepared(
        body,
        spec.slug,
        shape,
        Restorer(shortened(request.tools), namespace),
        key,
        tuple(notes.adjusted),
        tuple(notes.dropped),
    )


def _prompted(request: ResponsesRequest, spec: ModelSpec, rules: Rules) -> tuple[str, list[Item]]:
    """The instructions, and the items with what the policy moves into them."""
    items = list(clean_items(request.input))
    own = request.instructions
    if rules.policy is PromptPolicy.PREPEND:
        moved = [message("developer", [input_text(own)])] if own else []
        return rules.prompt(spec.slug), [*moved, *items]
    if rules.policy is PromptPolicy.FILL and own is None and not _has_system_text(items):
        return rules.prompt(spec.slug), items
    return own or "", items


def _has_system_text(items: list[Item]) -> bool:
    return "developer" in [item.get("role") for item in items]


def tool_use(
    request: ResponsesRequest, tools: list[Tool], shape: Shape, notes: Notes
) -> dict[str, Any]:
    """What the body says of how tools are used."""
    choice, parallel = request.tool_choice, request.parallel_tool_calls
    body: dict[str, Any] = {}
    if tools and not _is_beyond(choice, shape):
        body["tool_choice"] = fit_choice(choice or "auto")
    elif choice not in (None, "auto", "none"):
        notes.drop("tool_choice")
    if shape is Shape.LITE:
        body["parallel_tool_calls"] = False
        if parallel and tools:
            notes.adjust("parallel_tool_calls", True, False)
    elif tools and parallel is not None:
        body["parallel_tool_calls"] = parallel
    return body


def _is_beyond(choice: str | dict[str, Any] | None, shape: Shape) -> bool:
    """Whether a hosted tool is forced where none can be offered."""
    forced = isinstance(choice, dict) and choice.get("type") not in _OFFERED_CHOICES
    return forced and shape is Shape.LITE


def _answer_form(
    request: ResponsesRequest, resolved: Resolved, rules: Rules, shape: Shape, notes: Notes
) -> dict[str, Any]:
    reasoning = wishes.reasoning(request.reasoning, resolved, rules.default_effort, notes)
    if shape is Shape.LITE:
        reasoning["context"] = "all_turns"
    elif request.reasoning.context is not None:
        reasoning["context"] = request.reasoning.context
    text = wishes.text(request.text, resolved.spec, rules.default_verbosity, notes)
    tier = wishes.tier(request.service_tier, resolved.spec, notes)
    sent = {"reasoning": reasoning, "text": text, "service_tier": tier}
    return {name: value for name, value in sent.items() if value}


def include(asked: list[str], notes: Notes) -> list[str]:
    """The ``include`` list: encrypted reasoning always, of the rest what is understood."""
    if not asked:
        return [_ENCRYPTED_REASONING]
    for value in asked:
        if value not in _GOOD_INCLUDES:
            notes.drop(f"include:{value}")
    good = (value for value in asked if value in _GOOD_INCLUDES)
    return list(dict.fromkeys((_ENCRYPTED_REASONING, *good)))
