"""What the public API takes of these accounts, applied to any ``ResponsesRequest``.

Like the codex backend it refuses what is not on its list; OpenAI's page "Preview limitations" (read
2026-11-26) names the fields, the forms and the tools.
"""

from typing import Any

from codex2api.catalog.models import Resolved
from codex2api.protocol.items import Tool
from codex2api.protocol.request import ResponsesRequest
from codex2api.upstream import shapes, wishes
from codex2api.upstream.cachekey import cache_key
from codex2api.upstream.history import clean_items
from codex2api.upstream.notes import Notes
from codex2api.upstream.prepare import Prepared, Rules, include, tool_use
from codex2api.upstream.shapes import Shape
from codex2api.upstream.tools import Restorer, fit_calls, fit_tools, shortened

_TOOLS = frozenset({"function", "custom", "namespace", "web_search"})
"""Kinds of tools that are served; the others are refused outright."""

_TIERS = (None, "auto", "default")
"""What asks for nothing: any other tier is accepted there, and ignored."""


def prepare(request: ResponsesRequest, resolved: Resolved, rules: Rules) -> Prepared:
    """A body that the API accepts, and a report of what had to give way.

    The packaged prompts are those of Codex and are left out here.

    Raises:
        ApiError: The wish makes no sense for this model.
    """
    spec, notes = resolved.spec, Notes(request.dropped)
    key = cache_key(request, spec.slug)
    tools = _offered(fit_tools(request.tools), notes)
    namespace = shapes.namespace_for(tools)
    body: dict[str, Any] = {
        "model": spec.slug,
        "store": False,
        "stream": True,
        "input": fit_calls(clean_items(request.input), namespace),
    }
    if request.instructions:
        body["instructions"] = request.instructions
    if tools:
        body["tools"] = shapes.wrapped(tools, namespace)
    body |= tool_use(request, tools, Shape.CLASSIC, notes)
    body |= _answer_form(request, resolved, rules, notes)
    body["include"] = include(request.include, notes)
    body["prompt_cache_key"] = key
    return Prepared(
        body,
        spec.slug,
        Shape.CLASSIC,
        Restorer(shortened(request.tools), namespace),
        key,
        tuple(notes.adjusted),
        tuple(notes.dropped),
    )


def _offered(tools: list[Tool], notes: Notes) -> list[Tool]:
    for tool in tools:
        if tool.get("type") not in _TOOLS:
            notes.drop(f"tools:{tool.get('type')}")
    return [tool for tool in tools if tool.get("type") in _TOOLS]


def _answer_form(
    request: ResponsesRequest, resolved: Resolved, rules: Rules, notes: Notes
) -> dict[str, Any]:
    if request.service_tier not in _TIERS:
        notes.drop("service_tier")
    if request.reasoning.context is not None:
        notes.drop("reasoning.context")
    sent = {
        "reasoning": wishes.reasoning(request.reasoning, resolved, rules.default_effort, notes),
        "text": wishes.text(request.text, resolved.spec, rules.default_verbosity, notes),
    }
    return {name: value for name, value in sent.items() if value}
