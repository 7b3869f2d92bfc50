"""What we may answer; a whole reply and the chunks of a stream have the same form here."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.openai_usage import CompletionUsage
from codex2api.protocol.events import Response

FinishReason: TypeAlias = Literal["stop", "length", "content_filter"]


class Choice(msgspec.Struct, kw_only=True):
    """One continuation; in a chunk, what is new of it."""

    text: str
    index: int
    logprobs: None = None
    finish_reason: FinishReason | None


class Completion(msgspec.Struct, kw_only=True):
    """A whole reply, or a chunk of one."""

    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage | UnsetType | None = UNSET


def completion(
    head: ReplyHead, choices: list[Choice], usage: CompletionUsage | UnsetType | None
) -> Completion:
    """A reply or a chunk with what all of them repeat."""
    return Completion(
        id=f"cmpl-{head.id}", created=head.created, model=head.model, choices=choices, usage=usage
    )


def finish_reason(ending: Response) -> FinishReason:
    """Why the text ends here."""
    if ending.status != "incomplete":
        return "stop"
    reason = (ending.incomplete_details or {}).get("reason")
    return "content_filter" if reason == "content_filter" else "length"
