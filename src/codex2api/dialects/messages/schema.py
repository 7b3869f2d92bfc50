"""What a caller of ``/v1/messages`` may send.

Field lists: Anthropic's published API (its SDK 2.14). Marks that only steer Anthropic's own
machinery (``cache_control``, ``caller``) are taken and not looked at.
"""

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

Effort = Literal["low", "medium", "high", "xhigh", "max"]


class Base64Source(Struct, frozen=True, tag_field="type", tag="base64"):
    """Data in the request itself."""

    media_type: str
    data: str


class UrlSource(Struct, frozen=True, tag_field="type", tag="url"):
    """Something that the backend fetches."""

    url: str


class FileSource(Struct, frozen=True, tag_field="type", tag="file"):
    """Something that was uploaded before."""

    file_id: str


class TextSource(Struct, frozen=True, tag_field="type", tag="text"):
    """A document that is text."""

    data: str
    media_type: str = "text/plain"


class Text(Struct, frozen=True, tag_field="type", tag="text"):
    """Text."""

    text: str


class Image(Struct, frozen=True, tag_field="type", tag="image"):
    """An image."""

    source: Base64Source | UrlSource | FileSource


class BlocksSource(Struct, frozen=True, tag_field="type", tag="content"):
    """A document that is text and images."""

    content: str | list[Text | Image]


class Citing(Struct, frozen=True):
    """Whether the answer is to quote it."""

    enabled: bool | None = None


class Document(Struct, frozen=True, tag_field="type", tag="document"):
    """A document."""

    source: Base64Source | UrlSource | FileSource | TextSource | BlocksSource
    title: str | None = None
    context: str | None = None
    citations: Citing | None = None


class SearchResult(Struct, frozen=True, tag_field="type", tag="search_result"):
    """Something that the caller has found."""

    source: str
    title: str
    content: list[Text]
    citations: Citing | None = None


class ToolReference(Struct, frozen=True, tag_field="type", tag="tool_reference"):
    """A tool that a search for tools of the caller's own has found."""

    tool_name: str


Shown: TypeAlias = Text | Image | Document | SearchResult | ToolReference
"""What a tool may give back."""


class Thinking(Struct, frozen=True, tag_field="type", tag="thinking"):
    """What an earlier answer thought; its signature is what we sealed."""

    thinking: str = ""
    signature: str = ""


class RedactedThinking(Struct, frozen=True, tag_field="type", tag="redacted_thinking"):
    """What an earlier answer thought, and did not tell."""

    data: str


class ToolUse(Struct, frozen=True, tag_field="type", tag="tool_use"):
    """A call of one of the caller's tools."""

    id: str
    name: str
    input: dict[str, Any] = {}


class ToolResult(Struct, frozen=True, tag_field="type", tag="tool_result"):
    """What such a call gave."""

    tool_use_id: str
    content: str | list[Shown] | None = None
    is_error: bool | None = None


class ServerToolUse(Struct, frozen=True, tag_field="type", tag="server_tool_use"):
    """A call that the server itself has served in an earlier answer."""

    id: str
    name: str
    input: dict[str, Any] = {}


class WebSearchResult(Struct, frozen=True, tag_field="type", tag="web_search_tool_result"):
    """What a search gave; the backend knows it already."""

    tool_use_id: str


class Foreign(Struct, frozen=True, tag_field="type"):
    """A block that only Anthropic's own servers could have made, or could read."""


class WebFetchResult(Foreign, frozen=True, tag="web_fetch_tool_result"):
    """Of a hosted tool that is not offered here."""


class CodeResult(Foreign, frozen=True, tag="code_execution_tool_result"):
    """Of a hosted tool that is not offered here."""


class BashResult(Foreign, frozen=True, tag="bash_code_execution_tool_result"):
    """Of a hosted tool that is not offered here."""


class EditorResult(Foreign, frozen=True, tag="text_editor_code_execution_tool_result"):
    """Of a hosted tool that is not offered here."""


class ToolSearchResult(Foreign, frozen=True, tag="tool_search_tool_result"):
    """Of a hosted tool that is not offered here."""


class McpUse(Foreign, frozen=True, tag="mcp_tool_use"):
    """Of a hosted tool that is not offered here."""


class McpResult(Foreign, frozen=True, tag="mcp_tool_result"):
    """Of a hosted tool that is not offered here."""


class ContainerUpload(Foreign, frozen=True, tag="container_upload"):
    """A file for a container that is not offered here."""


class Compaction(Foreign, frozen=True, tag="compaction"):
    """What Anthropic's servers made of an earlier part of a conversation."""


Block: TypeAlias = (
    Text
    | Image
    | Document
    | SearchResult
    | Thinking
    | RedactedThinking
    | ToolUse
    | ToolResult
    | ServerToolUse
    | WebSearchResult
    | WebFetchResult
    | CodeResult
    | BashResult
    | EditorResult
    | ToolSearchResult
    | McpUse
    | McpResult
    | ContainerUpload
    | Compaction
)


class Message(Struct, frozen=True, kw_only=True):
    """One turn; Claude Code also speaks with the system's voice between two of them."""

    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


class ThinkingWish(Struct, frozen=True, kw_only=True):
    """Whether to think, and how much of it to show."""

    type: Literal["enabled", "disabled", "adaptive", "between_tools"]
    budget_tokens: Annotated[int, Meta(ge=1)] | None = None
    display: Literal["summarized", "omitted"] | None = None


class OutputConfig(Struct, frozen=True, kw_only=True):
    """How hard to work, and in what form to answer."""

    effort: Effort | None = None
    format: dict[str, Any] | None = None


class ToolChoice(Struct, frozen=True, kw_only=True):
    """Which tool to call."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class Metadata(Struct, frozen=True, kw_only=True):
    """On whose behalf."""

    user_id: str | None = None


class Prompt(Struct, frozen=True, kw_only=True):
    """What is asked: the fields that weigh something, or decide how."""

    model: str
    messages: Annotated[list[Message], Meta(min_length=1)]
    system: str | list[Text] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: ToolChoice | None = None
    thinking: ThinkingWish | None = None
    output_config: OutputConfig | None = None
    output_format: dict[str, Any] | None = None
    speed: Literal["standard", "fast"] | None = None


class MessagesRequest(Prompt, frozen=True, kw_only=True):
    """The body of ``POST /v1/messages``."""

    max_tokens: Annotated[int, Meta(ge=0)]
    stream: bool | None = None
    stop_sequences: list[str] | None = None
    metadata: Metadata | None = None
    service_tier: Literal["auto", "standard_only"] | None = None
    temperature: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: Annotated[int, Meta(ge=0)] | None = None
