"""What we may answer: the objects of a whole reply and of a chunk.

A field that is ``UNSET`` is left out; ``None`` is sent as ``null``, where the API sends one.
"""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from codex2api.dialects.base import ReplyHead
from codex2api.dialects.openai_usage import CompletionUsage

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "function_call", "content_filter"]


class Function(msgspec.Struct, kw_only=True):
    """The called function; in a chunk, what is new of it."""

    name: str | UnsetType = UNSET
    arguments: str = ""


class Custom(msgspec.Struct, kw_only=True):
    """The called custom tool; in a chunk, what is new of it."""

    name: str | UnsetType = UNSET
    input: str = ""


class Call(msgspec.Struct, kw_only=True):
    """A tool call; only chunks have ``index``, and only a call's first chunk has the rest."""

    index: int | UnsetType = UNSET
    id: str | UnsetType = UNSET
    type: Literal["function", "custom"] | UnsetType = UNSET
    function: Function | UnsetType = UNSET
    custom: Custom | UnsetType = UNSET


class Citation(msgspec.Struct, kw_only=True):
    """Where a piece of the answer comes from; indexes count characters of the content."""

    start_index: int
    end_index: int
    url: str
    title: str


class Annotation(msgspec.Struct, kw_only=True):
    """The wrapper that the chat API puts around a citation."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: Citation


class ReasoningText(msgspec.Struct, tag_field="type", tag="text"):
    """A piece of reasoning."""

    text: str


class Reasoning(msgspec.Struct):
    """Reasoning in the style ``o3``."""

    content: list[ReasoningText]


class Message(msgspec.Struct, kw_only=True):
    """The whole answer of one choice."""

    role: Literal["assistant"] = "assistant"
    content: str | None
    refusal: str | None = None
    reasoning_content: str | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    tool_calls: list[Call] | UnsetType = UNSET
    function_call: Function | UnsetType = UNSET
    annotations: list[Annotation] = []


class Choice(msgspec.Struct, kw_only=True):
    """One answer."""

    index: int = 0
    message: Message
    logprobs: None = None
    finish_reason: FinishReason


class ChatCompletion(msgspec.Struct, kw_only=True):
    """A whole reply."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: list[Choice]
    usage: CompletionUsage | UnsetType = UNSET
    service_tier: str | UnsetType = UNSET


class Delta(msgspec.Struct, kw_only=True):
    """What a chunk adds to the message."""

    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType | None = UNSET
    refusal: str | UnsetType | None = UNSET
    reasoning_content: str | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    tool_calls: list[Call] | UnsetType = UNSET
    function_call: Function | UnsetType = UNSET
    annotations: list[Annotation] | UnsetType = UNSET


class ChunkChoice(msgspec.Struct, kw_only=True):
    """The choice that a chunk continues."""

    index: int = 0
    delta: Delta
    logprobs: None = None
    finish_reason: FinishReason | None = None


class Chunk(msgspec.Struct, kw_only=True):
    """One frame of a streamed reply."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: CompletionUsage | UnsetType | None = UNSET
    service_tier: str | UnsetType = UNSET


def completion_id(head: ReplyHead) -> str:
    """The id of a completion, whole or streamed."""
    return f"chatcmpl-{head.id}"
