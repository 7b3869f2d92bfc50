"""What a caller of ``/v1/responses`` may send, and the response object it gets.

Types are as loose as the public API's own where a value only passes through, and as strict where a
wrong value would otherwise fail far from the caller.
"""

from typing import Annotated, Any, Literal

import msgspec

from codex2api.protocol.items import Item, Tool

Summary = Literal["auto", "concise", "detailed"]
Tier = Literal["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"]

Positive = Annotated[int, msgspec.Meta(ge=1)]
UpTo20 = Annotated[int, msgspec.Meta(ge=0, le=20)]


class ReasoningWish(msgspec.Struct, frozen=True, kw_only=True):
    """``reasoning``; ``generate_summary`` is the old name of ``summary``.

    Which efforts there are is for the catalogue to say.
    """

    effort: str | None = None
    summary: Summary | None = None
    generate_summary: Summary | None = None
    context: Literal["auto", "current_turn", "all_turns"] | None = None
    mode: str | None = None


class TextWish(msgspec.Struct, frozen=True, kw_only=True):
    """``text``: structured output and verbosity."""

    format: dict[str, Any] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None


class CreateResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /v1/responses``, in the order of OpenAI's reference."""

    model: str
    input: str | list[Item]
    instructions: str | None = None
    stream: bool | None = None
    tools: list[Tool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    max_tool_calls: Positive | None = None
    reasoning: ReasoningWish | None = None
    text: TextWish | None = None
    include: list[str] | None = None
    prompt_cache_key: str | None = None
    service_tier: Tier | None = None
    client_metadata: dict[str, str] | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = None
    background: bool | None = None
    previous_response_id: str | None = None
    conversation: str | dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None
    max_output_tokens: Positive | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    top_logprobs: UpTo20 | None = None
    truncation: Literal["auto", "disabled"] | None = None
    stream_options: dict[str, Any] | None = None
    safety_identifier: str | None = None
    user: str | None = None


class PublicUsage(msgspec.Struct, kw_only=True):
    """``usage`` with every field that the public schema demands."""

    input_tokens: int
    input_tokens_details: dict[str, int]
    output_tokens: int
    output_tokens_details: dict[str, int]
    total_tokens: int


class ResponseObject(msgspec.Struct, kw_only=True):
    """The public response object.

    ``usage`` is left out until it is known: OpenAI's schema has no ``null`` for it.
    """

    id: str
    object: Literal["response"] = "response"
    created_at: int
    status: str
    background: bool = False
    conversation: dict[str, str] | None = None
    error: dict[str, str] | None = None
    incomplete_details: dict[str, Any] | None = None
    instructions: str | None = None
    max_output_tokens: int | None = None
    max_tool_calls: int | None = None
    metadata: dict[str, str] = {}
    model: str
    output: list[Item]
    parallel_tool_calls: bool = True
    previous_response_id: str | None = None
    prompt_cache_key: str | None = None
    reasoning: dict[str, str | None]
    safety_identifier: str | None = None
    service_tier: str = "default"
    store: bool = False
    temperature: float = 1.0
    text: dict[str, Any]
    tool_choice: str | dict[str, Any] = "auto"
    tools: list[Tool] = []
    top_logprobs: int = 0
    top_p: float = 1.0
    truncation: str = "disabled"
    usage: PublicUsage | msgspec.UnsetType = msgspec.UNSET
    user: str | msgspec.UnsetType = msgspec.UNSET
