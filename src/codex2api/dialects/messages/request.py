"""A Messages request in the upstream's terms."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from codex2api.dialects.messages.conversation import Conversation
from codex2api.dialects.messages.schema import MessagesRequest, Metadata, Text, ThinkingWish
from codex2api.dialects.messages.tools import Tools, is_strict
from codex2api.dialects.openai_refusals import invalid
from codex2api.protocol.bounds import Bounds
from codex2api.protocol.request import Reasoning, ResponsesRequest, TextOptions

_BUDGETS = ((2048, "low"), (8192, "medium"), (24576, "high"))
"""The effort that a budget of thinking tokens stands for, up to and including; xhigh above."""

_BILLING = "x-anthropic-billing-header:"
"""With this a block of Claude Code's system text begins that is meant for Anthropic's accounts. It
differs from request to request, and would keep the backend from caching anything."""

_SOURCES = "web_search_call.action.sources"


def to_upstream(request: MessagesRequest, rename: Callable[[str], str]) -> list[ResponsesRequest]:
    """The same wish as a Responses request; there is one choice.

    Raises:
        ApiError: A value cannot be sent; ``param`` names it.
    """
    model, form = rename(request.model), _format(request)
    conversation = _conversation(request)
    tools = Tools(request.tools or [])
    choice = request.tool_choice
    wish = ResponsesRequest(
        model=model,
        instructions=_instructions(request.system),
        input=conversation.input,
        tools=tools.offered,
        tool_choice=tools.choice(choice),
        parallel_tool_calls=False if choice and choice.disable_parallel_tool_use else None,
        reasoning=Reasoning(effort=_effort(request), summary=_summary(request.thinking)),
        text=TextOptions(format=form),
        include=[_SOURCES] if tools.searches else [],
        prompt_cache_key=_key(request.metadata),
        service_tier="priority" if request.speed == "fast" else None,
        dropped=(*tools.dropped, *conversation.dropped),
        adjusted=(*_moved(request.model, model, form), *tools.adjusted),
    )
    return [wish]


def _moved(asked: str, model: str, form: dict[str, Any] | None) -> Iterator[str]:
    """What is not done just as it was asked for."""
    if model != asked:
        yield f"model:{asked}->{model}"
    if form is not None and not form["strict"]:
        yield "output_config.format:strict->loose"


def bounds(request: MessagesRequest) -> Bounds:
    """Where the answer ends at the latest."""
    stop = tuple(sequence for sequence in request.stop_sequences or () if sequence)
    return Bounds(stop=stop, max_tokens=request.max_tokens)


def _conversation(request: MessagesRequest) -> Conversation:
    conversation = Conversation()
    for position, message in enumerate(request.messages):
        conversation.add(message, f"messages[{position}]")
    if not conversation.input:
        raise invalid("messages", "nothing is said in them")
    conversation.close()
    return conversation


def _instructions(system: str | list[Text] | None) -> str | None:
    if system is None or isinstance(system, str):
        return system or None
    texts = [block.text for block in system if not block.text.startswith(_BILLING)]
    return "\n\n".join(text for text in texts if text) or None


def _effort(request: MessagesRequest) -> str | None:
    """How hard to think; ``None`` leaves it to the model and its alias."""
    wish, config = request.thinking, request.output_config
    if wish is not None and wish.type == "disabled":
        return "none"
    if config is not None and config.effort is not None:
        return config.effort
    if wish is None or wish.budget_tokens is None:
        return None
    budget = wish.budget_tokens
    return next((effort for most, effort in _BUDGETS if budget <= most), "xhigh")


def _summary(wish: ThinkingWish | None) -> str | None:
    return "auto" if wish is not None and wish.type != "disabled" else None


def _format(request: MessagesRequest) -> dict[str, Any] | None:
    config = request.output_config
    where, form = "output_config.format", config.format if config else None
    if form is None:
        where, form = "output_format", request.output_format
    if form is None:
        return None
    schema = form.get("schema")
    if form.get("type") != "json_schema" or not isinstance(schema, dict):
        raise invalid(where, "expected json_schema and its schema")
    return {"type": "json_schema", "name": "answer", "schema": schema, "strict": is_strict(schema)}


def _key(metadata: Metadata | None) -> str | None:
    """Requests of one user, or of one session of Claude Code, belong to one account and cache."""
    if metadata is None or not metadata.user_id:
        return None
    said = metadata.user_id.encode(errors="replace")
    return f"user-{hashlib.blake2b(said, digest_size=16).hexdigest()}"
