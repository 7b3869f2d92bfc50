"""A caller's Responses request in the upstream's terms.

The two speak nearly the same language, so most of it passes as it is. What no model of the backend
takes is renamed, refused or left out here, and what is left out is named in
``ResponsesRequest.dropped``; what depends on the model is the upstream room's business.
"""

from typing import Any

from msgspec import structs

from codex2api.dialects.openai_files import Fill
from codex2api.dialects.responses.input import dropped_input, upstream_input
from codex2api.dialects.responses.schema import CreateResponse, ReasoningWish, TextWish
from codex2api.dialects.responses.tools import upstream_tool_choice, upstream_tools
from codex2api.errors import ApiError, Kind
from codex2api.protocol.bounds import NO_BOUNDS, Bounds
from codex2api.protocol.request import Reasoning, ResponsesRequest, TextOptions


def bounds(request: CreateResponse) -> Bounds:
    """Where the answer ends at the latest."""
    limit = request.max_output_tokens
    return NO_BOUNDS if limit is None else Bounds(max_tokens=limit)


def to_upstream(request: CreateResponse) -> list[ResponsesRequest]:
    """The request as the upstream understands it; there is one choice.

    Raises:
        ApiError: Part of it cannot be carried; ``param`` names the place.
    """
    wish = ResponsesRequest(
        model=request.model,
        input=upstream_input(request.input),
        instructions=request.instructions,
        tools=upstream_tools(request.tools or []),
        tool_choice=upstream_tool_choice(request.tool_choice),
        parallel_tool_calls=request.parallel_tool_calls,
        reasoning=_reasoning(request.reasoning),
        text=_text(request.text),
        include=request.include or [],
        prompt_cache_key=request.prompt_cache_key,
        service_tier=request.service_tier,
        client_metadata=request.client_metadata,
        dropped=_dropped(request),
    )
    return [wish]


def fill(request: CreateResponse, fill_in: Fill) -> CreateResponse:
    """The request with uploaded files in the place of their ids."""
    return structs.replace(request, input=fill_in(request.input, "input"))


def _reasoning(wish: ReasoningWish | None) -> Reasoning:
    if wish is None:
        return Reasoning()
    summary = wish.summary or wish.generate_summary
    return Reasoning(effort=wish.effort, summary=summary, context=wish.context)


def _text(wish: TextWish | None) -> TextOptions:
    if wish is None:
        return TextOptions()
    return TextOptions(verbosity=wish.verbosity, format=_format(wish.format))


def _format(wish: dict[str, Any] | None) -> dict[str, Any] | None:
    match wish:
        case None | {"type": "text"}:
            return None
        case {"type": "json_object"}:
            return wish
        case {"type": "json_schema"}:
            for name, kind in (("name", str), ("schema", dict)):
                if not isinstance(wish.get(name), kind):
                    raise _bad_format(f"text.format.{name}", "is missing or of the wrong type")
            return wish
        case _:
            raise _bad_format("text.format.type", "is not text, json_object or json_schema")


def _bad_format(param: str, problem: str) -> ApiError:
    message = f"Invalid value: '{param}' {problem}."
    return ApiError(Kind.BAD_REQUEST, message, param=param, code="invalid_value")


def _dropped(request: CreateResponse) -> tuple[str, ...]:
    reasoning = request.reasoning
    special = reasoning is not None and reasoning.mode not in (None, "standard")
    return (*dropped_input(request.input), *(("reasoning.mode",) if special else ()))
