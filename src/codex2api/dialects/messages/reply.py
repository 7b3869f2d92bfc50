"""The whole reply, and what it shares with the stream."""

from collections.abc import Iterable, Sequence
from typing import cast

from msgspec import UNSET

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.messages.answer import (
    Block,
    CitationsDelta,
    Ended,
    InputDelta,
    MessageReply,
    OutputDetails,
    SearchBlock,
    ServerToolUsage,
    SignatureDelta,
    TextBlock,
    TextDelta,
    ThinkingBlock,
    ThinkingDelta,
    ToolUseBlock,
    Usage,
)
from codex2api.dialects.messages.growth import Growth
from codex2api.dialects.messages.schema import MessagesRequest
from codex2api.dialects.messages.told import Step
from codex2api.protocol.events import Response
from codex2api.protocol.json import lenient_object
from codex2api.protocol.usage import Usage as Spent


def reply(request: MessagesRequest, head: ReplyHead, responses: Sequence[Response]) -> MessageReply:
    """The whole answer: the sum of what its stream would say."""
    [response] = responses
    growth = Growth(request)
    for output_index, item in enumerate(response.output or ()):
        growth.settle(output_index, item)
    growth.end()
    content = added_up(growth.steps())
    end = ended(growth, response)
    return MessageReply(
        id=message_id(head),
        model=request.model,
        content=content,
        stop_reason=end.stop_reason,
        stop_sequence=end.stop_sequence,
        usage=usage(response.usage, growth),
    )


def message_id(head: ReplyHead) -> str:
    """The id of a message, whole or streamed."""
    return f"msg_{head.id}"


def ended(growth: Growth, ending: Response) -> Ended:
    """Why the answer ended."""
    reason, sequence = growth.stop_reason(ending)
    return Ended(stop_reason=reason, stop_sequence=sequence)


def usage(spent: Spent | None, growth: Growth) -> Usage:
    """What the answer has cost; nothing where the backend does not tell."""
    searched = growth.searches
    told = Usage() if spent is None else _told(spent)
    told.server_tool_use = ServerToolUsage(web_search_requests=searched) if searched else UNSET
    return told


def _told(spent: Spent) -> Usage:
    return Usage(
        input_tokens=max((spent.input_tokens or 0) - spent.cached, 0),
        cache_read_input_tokens=spent.cached,
        output_tokens=spent.output_tokens or 0,
        output_tokens_details=OutputDetails(thinking_tokens=spent.reasoned),
    )


def added_up(steps: Iterable[Step]) -> list[Block]:
    """The blocks that steps add up to."""
    blocks: list[Block] = []
    inputs: list[str] = []
    for step in steps:
        match step:
            case None:
                _close(blocks[-1], inputs)
                inputs = []
            case InputDelta(partial_json=text):
                inputs.append(text)
            case TextDelta() | ThinkingDelta() | SignatureDelta() | CitationsDelta():
                _grow(blocks[-1], step)
            case block:
                blocks.append(block)
    return blocks


def _grow(block: Block, delta: TextDelta | ThinkingDelta | SignatureDelta | CitationsDelta) -> None:
    match delta:
        case TextDelta(text=text):
            cast("TextBlock", block).text += text
        case ThinkingDelta(thinking=text):
            cast("ThinkingBlock", block).thinking += text
        case SignatureDelta(signature=signature):
            cast("ThinkingBlock", block).signature = signature
        case CitationsDelta(citation=citation):
            block = cast("TextBlock", block)
            block.citations = [*(block.citations or ()), citation]


def _close(block: Block, inputs: list[str]) -> None:
    if isinstance(block, ToolUseBlock | SearchBlock):
        block.input = lenient_object("".join(inputs))
