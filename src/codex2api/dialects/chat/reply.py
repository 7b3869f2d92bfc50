"""The whole reply."""

from collections.abc import Sequence

from msgspec import UNSET, UnsetType, structs

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.chat.answer import (
    Call,
    ChatCompletion,
    Choice,
    Delta,
    Message,
    Reasoning,
    ReasoningText,
    completion_id,
)
from codex2api.dialects.chat.growth import Growth
from codex2api.dialects.chat.schema import ChatRequest
from codex2api.dialects.chat.styles import growth_of
from codex2api.dialects.openai_usage import completion_usage
from codex2api.protocol.events import Response
from codex2api.protocol.usage import added_up


def reply(request: ChatRequest, head: ReplyHead, responses: Sequence[Response]) -> ChatCompletion:
    """The whole answer: the sum of what its stream would say."""
    usage = added_up(response.usage for response in responses)
    return ChatCompletion(
        id=completion_id(head),
        created=head.created,
        model=head.model,
        choices=[
            _choice(growth_of(request, head.reasoning), index, told)
            for index, told in enumerate(responses)
        ],
        usage=UNSET if usage is None else completion_usage(usage),
        service_tier=responses[0].service_tier or UNSET,
    )


def _choice(growth: Growth, index: int, response: Response) -> Choice:
    news = (
        delta
        for output_index, item in enumerate(response.output or ())
        for delta in growth.settle_item(output_index, item)
    )
    deltas = [*growth.told(news), *growth.rest()]
    message, reason = _sum(deltas, growth), growth.finish_reason(response)
    return Choice(index=index, message=message, finish_reason=reason)


def _sum(deltas: list[Delta], growth: Growth) -> Message:
    text = "".join(delta.content for delta in deltas if delta.content)
    calls = [_unnumbered(call) for delta in deltas for call in delta.tool_calls or ()]
    legacy = next((delta.function_call for delta in deltas if delta.function_call), UNSET)
    return Message(
        # An answer without text is null where it says something else, else empty.
        content=text or (None if deltas else ""),
        refusal="".join(delta.refusal for delta in deltas if delta.refusal) or None,
        reasoning_content="".join(
            delta.reasoning_content for delta in deltas if delta.reasoning_content
        )
        or UNSET,
        reasoning=_thoughts(deltas),
        tool_calls=calls or UNSET,
        function_call=legacy,
        annotations=growth.citations(),
    )


def _thoughts(deltas: list[Delta]) -> Reasoning | UnsetType:
    texts = [part.text for delta in deltas if delta.reasoning for part in delta.reasoning.content]
    return Reasoning([ReasoningText("".join(texts))]) if texts else UNSET


def _unnumbered(call: Call) -> Call:
    return structs.replace(call, index=UNSET)
