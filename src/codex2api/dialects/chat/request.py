"""A chat completion request in the upstream's terms."""

from collections.abc import Sequence
from typing import Any

import msgspec

from codex2api.dialects.chat.conversation import Conversation
from codex2api.dialects.chat.schema import (
    ChatRequest,
    FunctionChoice,
    JsonObjectFormat,
    JsonSchemaFormat,
    Message,
    WebSearchOptions,
)
from codex2api.dialects.openai_files import Fill
from codex2api.dialects.openai_refusals import invalid
from codex2api.dialects.openai_tools import function_tool, upstream_choice, upstream_tools
from codex2api.protocol import items
from codex2api.protocol.bounds import NO_BOUNDS, Bounds
from codex2api.protocol.items import Item, Tool
from codex2api.protocol.request import Reasoning, ResponsesRequest, TextOptions


def to_upstream(request: ChatRequest) -> list[ResponsesRequest]:
    """The same wish as a Responses request, once for each choice.

    Raises:
        ApiError: A value cannot be sent; ``param`` names it.
    """
    conversation = _conversation(request)
    tools = _tools(request)
    wish = ResponsesRequest(
        model=request.model,
        instructions=conversation.instructions,
        input=conversation.input,
        tools=tools,
        tool_choice=_tool_choice(request, tools),
        parallel_tool_calls=_parallel(request) if tools else None,
        reasoning=_reasoning(request),
        text=TextOptions(verbosity=request.verbosity, format=_format(request)),
        prompt_cache_key=request.prompt_cache_key,
        service_tier=_service_tier(request.service_tier),
    )
    return [wish] * (request.n or 1)


def fill(request: ChatRequest, fill_in: Fill) -> ChatRequest:
    """The request with uploaded files in the place of their ids."""
    messages = fill_in(msgspec.to_builtins(request.messages), "messages")
    return msgspec.structs.replace(
        request,
        messages=msgspec.convert(messages, list[Message] | None),
        input=fill_in(request.input, "input"),
    )


def bounds(request: ChatRequest) -> Bounds:
    """Where each choice ends at the latest; of two limits the smaller one."""
    if request.stop is None and (request.max_tokens or request.max_completion_tokens) is None:
        return NO_BOUNDS
    stop = [request.stop] if isinstance(request.stop, str) else request.stop or ()
    limits = [request.max_tokens, request.max_completion_tokens]
    return Bounds(
        stop=tuple(sequence for sequence in stop if sequence),
        max_tokens=min((limit for limit in limits if limit is not None), default=None),
    )


def _conversation(request: ChatRequest) -> Conversation:
    conversation = Conversation()
    if request.messages is None:
        _add_input(conversation, request.input or ())
    for position, message in enumerate(request.messages or ()):
        conversation.add(message, f"messages[{position}]")
    if request.messages is not None:
        conversation.close()
    if not conversation.input:
        # System text alone is a question too; the backend wants at least one item.
        text = items.input_text(conversation.instructions or "")
        conversation.input.append(items.message("developer", [text]))
        conversation.instructions = ""
    return conversation


def _add_input(conversation: Conversation, given: str | Sequence[Item]) -> None:
    """The conversation as the Responses API spells it: messages, and items that are none."""
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    for position, item in enumerate(given):
        where = f"input[{position}]"
        if item.get("type", "message") != "message":
            conversation.input.append(item)
            continue
        try:
            message: Message = msgspec.convert(item, Message)
        except msgspec.ValidationError as error:
            raise invalid(where, str(error)) from None
        conversation.add(message, where)


def _tools(request: ChatRequest) -> list[Tool]:
    tools = upstream_tools(request.tools or ())
    for position, function in enumerate(request.functions or ()):
        tools.append(function_tool(function, f"functions[{position}]"))
    if request.web_search_options is not None:
        tools = [tool for tool in tools if tool["type"] != "web_search"]
        tools.append(_web_search(request.web_search_options))
    return tools


def _web_search(options: WebSearchOptions) -> Tool:
    tool: Tool = {"type": "web_search"}
    if options.search_context_size is not None:
        tool["search_context_size"] = options.search_context_size
    if options.user_location is not None:
        place = msgspec.to_builtins(options.user_location.approximate)
        tool["user_location"] = {"type": "approximate"} | place
    return tool


def _tool_choice(request: ChatRequest, tools: list[Tool]) -> str | dict[str, Any] | None:
    choice, where = request.tool_choice, "tool_choice"
    if choice is None:
        choice, where = _legacy_choice(request.function_call), "function_call"
    if choice is None or (not tools and choice in ("none", "auto")):
        return None
    return upstream_choice(choice, tools, where)


def _legacy_choice(choice: str | FunctionChoice | None) -> str | dict[str, Any] | None:
    if isinstance(choice, FunctionChoice):
        return {"type": "function", "name": choice.name}
    return choice


def _parallel(request: ChatRequest) -> bool | None:
    # The older form of an answer has room for one call only.
    return False if request.speaks_functions else request.parallel_tool_calls


def _reasoning(request: ChatRequest) -> Reasoning:
    wish = request.reasoning
    effort = request.reasoning_effort or (wish.effort if wish else None)
    summary = wish.summary if wish else None
    return Reasoning(effort=effort, summary=summary or "auto")


def _format(request: ChatRequest) -> dict[str, Any] | None:
    match request.response_format:
        case JsonObjectFormat():
            return {"type": "json_object"}
        case JsonSchemaFormat(json_schema=form):
            wanted: dict[str, Any] = {
                "type": "json_schema",
                "name": form.name,
                "schema": form.schema if form.schema is not None else {"type": "object"},
                "strict": form.strict or False,
            }
            described = form.description is not None
            return wanted | {"description": form.description} if described else wanted
        case _:
            return None


def _service_tier(tier: str | None) -> str | None:
    # Both mean what happens anyway.
    return None if tier in ("auto", "default") else tier
