"""``POST /v1/responses/compact``: a conversation in, a shorter one that stands for it out."""

from typing import Literal

import msgspec

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.openai_refusals import missing
from codex2api.dialects.parameters import ParameterTable, dropped, emulated, mapped
from codex2api.dialects.responses.items import public_item
from codex2api.dialects.responses.response import public_usage
from codex2api.dialects.responses.schema import (
    CreateResponse,
    PublicUsage,
    ReasoningWish,
    TextWish,
    Tier,
)
from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import Item, Tool
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.usage import Usage
from codex2api.protocol.weight import item_tokens, request_tokens


class CompactConversation(msgspec.Struct, frozen=True, kw_only=True):
    """The body; what follows ``service_tier`` is Codex' own."""

    model: str
    input: str | list[Item] | None = None
    previous_response_id: str | None = None
    instructions: str | None = None
    prompt_cache_key: str | None = None
    service_tier: Tier | None = None
    tools: list[Tool] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: ReasoningWish | None = None
    text: TextWish | None = None


COMPACTION_PARAMETERS = ParameterTable(
    {
        "model": mapped("May carry an effort: `gpt-5.2-high`."),
        "input": mapped("Items that cannot be replayed are left out and named."),
        "instructions": mapped(),
        "prompt_cache_key": mapped(),
        "service_tier": mapped("Where the model offers the tier."),
        "tools": mapped("As Codex sends them."),
        "parallel_tool_calls": mapped("As Codex sends it."),
        "reasoning": mapped("As Codex sends it."),
        "text": mapped("As Codex sends it."),
        "previous_response_id": emulated("What was said before is compacted, too."),
        "prompt_cache_options": dropped("The backend has its own cache policy."),
        "prompt_cache_retention": dropped("The backend has its own cache policy."),
    }
)


class CompactedConversation(msgspec.Struct, kw_only=True):
    """The answer."""

    id: str
    object: Literal["response.compaction"] = "response.compaction"
    created_at: int
    output: list[Item]
    usage: PublicUsage


class _Compacted(msgspec.Struct):
    output: list[Item]
    id: str | None = None
    usage: Usage | None = None


def as_response(request: CompactConversation) -> CreateResponse:
    """The conversation as the request of a response.

    Raises:
        ApiError: There is none.
    """
    if request.input is None and request.previous_response_id is None:
        raise missing("input")
    said = {name: getattr(request, name) for name in request.__struct_fields__}
    return CreateResponse(**said | {"input": request.input or [], "store": False})


def compacted(
    request: ResponsesRequest, head: ReplyHead, body: bytes
) -> tuple[CompactedConversation, bool]:
    """The answer, and whether its usage is the backend's own word; otherwise it is counted here.

    Raises:
        ApiError: The backend answered with something else.
    """
    try:
        said = msgspec.json.decode(body, type=_Compacted)
    except msgspec.MsgspecError:
        raise ApiError(
            Kind.UPSTREAM_UNAVAILABLE, "ChatGPT answered with something else than a conversation."
        ) from None
    return CompactedConversation(
        id=said.id or f"resp_{head.id}",
        created_at=head.created,
        output=[public_item(item, f"{head.id}_{at}") for at, item in enumerate(said.output)],
        usage=public_usage(said.usage or _counted(request, said.output)),
    ), said.usage is not None


def _counted(request: ResponsesRequest, output: list[Item]) -> Usage:
    before = request_tokens(request)
    after = sum(item_tokens(item) for item in output if item.get("type") == "compaction")
    return Usage(input_tokens=before, output_tokens=after, total_tokens=before + after)
