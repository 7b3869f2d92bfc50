"""``POST /v1/responses/input_tokens``: what a request would weigh."""

from typing import Any, Literal

import msgspec

from codex2api.dialects.parameters import ParameterTable, dropped, emulated, mapped
from codex2api.dialects.responses.schema import CreateResponse, ReasoningWish, TextWish
from codex2api.protocol.items import Item, Tool

_COUNTED = "Counted here: the backend has no such route."
_WEIGHTLESS = "Weighs nothing."


class CountInput(msgspec.Struct, frozen=True, kw_only=True):
    """The body."""

    model: str | None = None
    input: str | list[Item] | None = None
    instructions: str | None = None
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: ReasoningWish | None = None
    text: TextWish | None = None
    truncation: Literal["auto", "disabled"] | None = None
    previous_response_id: str | None = None
    conversation: str | dict[str, Any] | None = None


COUNT_PARAMETERS = ParameterTable(
    {
        "model": mapped("All models are counted alike."),
        "input": mapped(_COUNTED),
        "instructions": mapped(_COUNTED),
        "tools": mapped(_COUNTED),
        "text": mapped("A schema is counted."),
        "tool_choice": mapped(_WEIGHTLESS),
        "parallel_tool_calls": mapped(_WEIGHTLESS),
        "reasoning": mapped(_WEIGHTLESS),
        "truncation": dropped("Everything is counted.", "disabled"),
        "personality": dropped("The backend has none to choose."),
        "previous_response_id": emulated("What was said before is counted, too."),
        "conversation": emulated("What was said before is counted, too."),
    }
)


class InputTokenCount(msgspec.Struct, kw_only=True):
    """The answer."""

    object: Literal["response.input_tokens"] = "response.input_tokens"
    input_tokens: int


def as_response(request: CountInput) -> CreateResponse:
    """What is to be counted as the request of a response."""
    said = {name: getattr(request, name) for name in request.__struct_fields__}
    return CreateResponse(**said | {"model": "", "input": request.input or [], "store": False})
