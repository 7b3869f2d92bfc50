"""What we may answer: the blocks of a message, and the events that tell them.

A field that is ``UNSET`` is left out; ``None`` is sent as ``null``, where the API sends one.
"""

from typing import Any, Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

StopReason: TypeAlias = Literal[
    "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal"
]


class Citation(Struct, kw_only=True, tag_field="type", tag="web_search_result_location"):
    """Where a piece of the text comes from."""

    url: str
    title: str | None
    cited_text: str
    encrypted_index: str = ""


class TextBlock(Struct, kw_only=True, tag_field="type", tag="text"):
    """Text; a refusal, too."""

    text: str = ""
    citations: list[Citation] | UnsetType = UNSET


class ThinkingBlock(Struct, kw_only=True, tag_field="type", tag="thinking"):
    """A summary of thoughts; the signature is the thoughts themselves, sealed."""

    thinking: str = ""
    signature: str = ""


class RedactedBlock(Struct, kw_only=True, tag_field="type", tag="redacted_thinking"):
    """Thoughts without a summary."""

    data: str


class ToolUseBlock(Struct, kw_only=True, tag_field="type", tag="tool_use"):
    """A call of a tool of the caller's."""

    id: str
    name: str
    input: dict[str, Any] = {}


class SearchBlock(Struct, kw_only=True, tag_field="type", tag="server_tool_use"):
    """A search that the backend has made."""

    id: str
    name: Literal["web_search"] = "web_search"
    input: dict[str, Any] = {}


class SearchResult(Struct, kw_only=True, tag_field="type", tag="web_search_result"):
    """A page that it has found; the backend keeps what is on it."""

    url: str
    title: str
    encrypted_content: str = ""
    page_age: None = None


class SearchResultBlock(Struct, kw_only=True, tag_field="type", tag="web_search_tool_result"):
    """What it has found."""

    tool_use_id: str
    content: list[SearchResult]


Block: TypeAlias = (
    TextBlock | ThinkingBlock | RedactedBlock | ToolUseBlock | SearchBlock | SearchResultBlock
)


class TextDelta(Struct, tag_field="type", tag="text_delta"):
    """More text."""

    text: str


class ThinkingDelta(Struct, tag_field="type", tag="thinking_delta"):
    """More of a summary."""

    thinking: str


class SignatureDelta(Struct, tag_field="type", tag="signature_delta"):
    """The signature of a thinking block; comes last."""

    signature: str


class InputDelta(Struct, tag_field="type", tag="input_json_delta"):
    """More of a call's input."""

    partial_json: str


class CitationsDelta(Struct, tag_field="type", tag="citations_delta"):
    """One more citation of a text."""

    citation: Citation


Delta: TypeAlias = TextDelta | ThinkingDelta | SignatureDelta | InputDelta | CitationsDelta


class ServerToolUsage(Struct, kw_only=True):
    """How often hosted tools were used."""

    web_search_requests: int
    web_fetch_requests: int = 0


class OutputDetails(Struct, kw_only=True):
    """A part of the output tokens."""

    thinking_tokens: int


class Usage(Struct, kw_only=True):
    """What an answer has cost; what came from the cache is not among ``input_tokens``."""

    input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0
    output_tokens: int = 0
    output_tokens_details: OutputDetails | UnsetType = UNSET
    server_tool_use: ServerToolUsage | UnsetType = UNSET


class MessageReply(Struct, kw_only=True, tag_field="type", tag="message"):
    """A whole answer; at the beginning of a stream without all that comes later."""

    id: str
    role: Literal["assistant"] = "assistant"
    model: str
    content: list[Block] = []
    stop_reason: StopReason | None = None
    stop_sequence: str | None = None
    usage: Usage


class MessageStart(Struct, tag_field="type", tag="message_start"):
    """An answer begins."""

    message: MessageReply


class BlockStart(Struct, tag_field="type", tag="content_block_start"):
    """A block begins."""

    index: int
    content_block: Block


class BlockDelta(Struct, tag_field="type", tag="content_block_delta"):
    """More of a block."""

    index: int
    delta: Delta


class BlockStop(Struct, tag_field="type", tag="content_block_stop"):
    """A block is whole."""

    index: int


class Ended(Struct, kw_only=True):
    """Why an answer ended."""

    stop_reason: StopReason
    stop_sequence: str | None


class MessageDelta(Struct, tag_field="type", tag="message_delta"):
    """All blocks are whole."""

    delta: Ended
    usage: Usage


class MessageStop(Struct, tag_field="type", tag="message_stop"):
    """An answer is whole."""
