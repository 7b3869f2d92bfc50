"""The whole reply."""

from collections.abc import Sequence

from msgspec import UNSET

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.completions.answer import Choice, Completion, completion, finish_reason
from codex2api.dialects.completions.request import echoes
from codex2api.dialects.completions.schema import CompletionRequest
from codex2api.dialects.completions.text import rest_of
from codex2api.dialects.openai_strand import Strand
from codex2api.dialects.openai_usage import completion_usage
from codex2api.protocol.events import Response
from codex2api.protocol.usage import added_up


def reply(request: CompletionRequest, head: ReplyHead, responses: Sequence[Response]) -> Completion:
    """The whole answer: the sum of what its stream would say."""
    usage = added_up(response.usage for response in responses)
    choices = [
        Choice(
            text=echo + rest_of(response.output or (), Strand()),
            index=index,
            finish_reason=finish_reason(response),
        )
        for index, (echo, response) in enumerate(zip(echoes(request), responses, strict=True))
    ]
    return completion(head, choices, UNSET if usage is None else completion_usage(usage))
