"""The public response object: the caller's request echoed, around what the backend answered."""

from collections.abc import Sequence
from typing import Any

import msgspec

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.responses.items import public_item
from codex2api.dialects.responses.remembered import conversation_name
from codex2api.dialects.responses.schema import CreateResponse, PublicUsage, ResponseObject
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import Response
from codex2api.protocol.items import Tool
from codex2api.protocol.usage import Usage

_FAILURE_CODES = {
    Kind.BAD_REQUEST: "invalid_prompt",
    Kind.UPSTREAM_UNAVAILABLE: "server_error",
    Kind.UPSTREAM_BLOCKED: "server_error",
    Kind.UPSTREAM_TIMEOUT: "server_error",
    Kind.SHUTTING_DOWN: "server_error",
    Kind.INTERNAL: "server_error",
}

_FUNCTION_FIELDS = ("description", "parameters", "strict")
"""OpenAI's schema demands these of every function that is echoed, if only as ``null``."""


def reply(
    request: CreateResponse, head: ReplyHead, responses: Sequence[Response]
) -> ResponseObject:
    """The whole answer; the same object that a streaming caller gets in the last event."""
    (response,) = responses
    return finished(begun(request, head, response), head, response)


def begun(request: CreateResponse, head: ReplyHead, response: Response) -> ResponseObject:
    """The response before there is any output.

    What the backend cannot honour is shown as what happens instead: sampling parameters are
    always 1. The backend's own echo is not used, for it describes the request that we sent and not
    the one that the caller did; nor its id, under which nothing can be found.
    """
    conversation = conversation_name(request.conversation)
    return ResponseObject(
        id=f"resp_{head.id}",
        created_at=head.created,
        status="in_progress",
        background=request.background is True,
        conversation=None if conversation is None else {"id": conversation},
        previous_response_id=request.previous_response_id,
        store=head.stored,
        model=head.model,
        output=[],
        instructions=request.instructions,
        max_output_tokens=request.max_output_tokens,
        metadata=request.metadata or {},
        parallel_tool_calls=request.parallel_tool_calls is not False,
        prompt_cache_key=request.prompt_cache_key,
        reasoning=_reasoning(request),
        safety_identifier=request.safety_identifier,
        service_tier=response.service_tier or "default",
        text=_text(request),
        tool_choice=request.tool_choice or "auto",
        tools=[_tool(tool) for tool in request.tools or []],
        user=msgspec.UNSET if request.user is None else request.user,
    )


def queued(request: CreateResponse, head: ReplyHead) -> ResponseObject:
    """The response before anybody has begun to answer."""
    return msgspec.structs.replace(begun(request, head, Response()), status="queued")


def finished(begun: ResponseObject, head: ReplyHead, response: Response) -> ResponseObject:
    """The response at its end.

    A ``usage`` that the backend kept to itself is shown as zeros: clients take a terminal event
    without it for a broken one.
    """
    output = response.output or []
    return msgspec.structs.replace(
        begun,
        status="incomplete" if response.status == "incomplete" else "completed",
        incomplete_details=_incomplete(response),
        output=[public_item(item, f"{head.id}_{at}") for at, item in enumerate(output)],
        service_tier=response.service_tier or begun.service_tier,
        usage=public_usage(response.usage or Usage()),
    )


def failed(begun: ResponseObject, error: ApiError) -> ResponseObject:
    """The response that ended in an error.

    OpenAI's schema lists a few codes only. A code that clients act on (Codex stops at
    ``context_length_exceeded`` or ``usage_limit_reached`` and repeats the rest) is shown all the
    same; what is our own or the backend's trouble is a ``server_error``.
    """
    code = _FAILURE_CODES.get(error.kind) or error.code or error.kind.value
    return msgspec.structs.replace(
        begun, status="failed", error={"code": code, "message": error.message}
    )


def _incomplete(response: Response) -> dict[str, Any] | None:
    details = response.incomplete_details
    return {"reason": details["reason"]} if details and "reason" in details else None


def public_usage(usage: Usage) -> PublicUsage:
    """The usage with every field that the public schema demands."""
    # The backend's cache writes are not read by the protocol room: plans do not pay for them.
    return PublicUsage(
        input_tokens=usage.input_tokens or 0,
        input_tokens_details={"cached_tokens": usage.cached, "cache_write_tokens": 0},
        output_tokens=usage.output_tokens or 0,
        output_tokens_details={"reasoning_tokens": usage.reasoned},
        total_tokens=usage.total_tokens or 0,
    )


def _reasoning(request: CreateResponse) -> dict[str, str | None]:
    wish = request.reasoning
    if wish is None:
        return {"effort": None, "summary": None}
    return {"effort": wish.effort, "summary": wish.summary or wish.generate_summary}


def _text(request: CreateResponse) -> dict[str, Any]:
    wish = request.text
    text: dict[str, Any] = {"format": (wish and wish.format) or {"type": "text"}}
    if wish and wish.verbosity:
        text["verbosity"] = wish.verbosity
    return text


def _tool(tool: Tool) -> Tool:
    if tool.get("type") != "function":
        return tool
    return tool | {name: tool.get(name) for name in _FUNCTION_FIELDS}
