"""What a caller may send to ``/v1/chat/completions``.

Shapes are checked here, in one pass; what a shape cannot say is checked where it is translated.
Unknown fields are ignored. Beside OpenAI's own forms, content parts and tools as the Responses API
spells them are understood, because some editors send them to this route.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

Detail: TypeAlias = Literal["auto", "low", "high", "original"]
Effort: TypeAlias = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max", "ultra"]
Penalty: TypeAlias = Annotated[float, Meta(ge=-2, le=2)]
Filled: TypeAlias = Annotated[str, Meta(min_length=1)]
Positive: TypeAlias = Annotated[int, Meta(ge=1)]


class TextPart(msgspec.Struct, tag_field="type", tag="text"):
    """Text of any role."""

    text: str


class InputTextPart(TextPart, tag="input_text"):
    """Text in the spelling of the Responses API."""


class OutputTextPart(TextPart, tag="output_text"):
    """As ``InputTextPart``, from an assistant."""


class RefusalPart(msgspec.Struct, tag_field="type", tag="refusal"):
    """An assistant's refusal."""

    refusal: str


class ImageUrl(msgspec.Struct):
    """An https or data URL."""

    url: str
    detail: Detail | None = None


class ImagePart(msgspec.Struct, tag_field="type", tag="image_url"):
    """An image; some clients send the bare URL."""

    image_url: ImageUrl | str


class InputImagePart(msgspec.Struct, tag_field="type", tag="input_image"):
    """An image in the spelling of the Responses API, by address or id."""

    image_url: str | None = None
    detail: Detail | None = None
    file_id: str | None = None


class FileObject(msgspec.Struct):
    """A file by content or by id; ``file_data`` is a data URL or bare base64."""

    file_data: str | None = None
    filename: str | None = None
    file_id: str | None = None


class FilePart(msgspec.Struct, tag_field="type", tag="file"):
    """A file."""

    file: FileObject


class InputFilePart(FileObject, tag_field="type", tag="input_file"):
    """A file in the spelling of the Responses API."""


class AudioPart(msgspec.Struct, tag_field="type", tag="input_audio"):
    """Sound, which the backend does not take."""


ContentPart: TypeAlias = (
    TextPart
    | InputTextPart
    | OutputTextPart
    | RefusalPart
    | ImagePart
    | InputImagePart
    | FilePart
    | InputFilePart
    | AudioPart
)
Content: TypeAlias = str | list[ContentPart] | None


class FunctionCall(msgspec.Struct):
    """Which function the assistant called, and with what JSON text."""

    name: Filled
    arguments: str = ""


class CustomCall(msgspec.Struct):
    """Which custom tool the assistant called, and with what text."""

    name: Filled
    input: str = ""


class ToolCall(msgspec.Struct):
    """One of the assistant's calls; ``type`` tells which of the two members holds it."""

    id: Filled
    type: Literal["function", "custom"] = "function"
    function: FunctionCall | None = None
    custom: CustomCall | None = None


class SystemMessage(msgspec.Struct, tag_field="role", tag="system"):
    """The operator's instructions."""

    content: Content = None


class DeveloperMessage(SystemMessage, tag="developer"):
    """The newer name of ``system``."""


class UserMessage(msgspec.Struct, tag_field="role", tag="user"):
    """What the user says and shows."""

    content: Content = None


class AssistantMessage(msgspec.Struct, tag_field="role", tag="assistant"):
    """An earlier answer; its ``reasoning_content`` is ignored, the backend cannot take it back."""

    content: Content = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: FunctionCall | None = None


class ToolMessage(msgspec.Struct, tag_field="role", tag="tool"):
    """What a tool returned."""

    tool_call_id: Filled
    content: Content = None


class FunctionMessage(msgspec.Struct, tag_field="role", tag="function"):
    """What a function returned, before tool calls had ids."""

    name: Filled
    content: Content = None


Message: TypeAlias = (
    SystemMessage
    | DeveloperMessage
    | UserMessage
    | AssistantMessage
    | ToolMessage
    | FunctionMessage
)


class JsonSchema(msgspec.Struct):
    """The form that the answer must have."""

    name: Annotated[str, Meta(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None


class TextFormat(msgspec.Struct, tag_field="type", tag="text"):
    """Free text, the default."""


class JsonObjectFormat(msgspec.Struct, tag_field="type", tag="json_object"):
    """Any JSON object."""


class JsonSchemaFormat(msgspec.Struct, tag_field="type", tag="json_schema"):
    """JSON of a given form."""

    json_schema: JsonSchema


class StreamOptions(msgspec.Struct):
    """What to add to a stream."""

    include_usage: bool | None = None


class ApproximateLocation(msgspec.Struct, omit_defaults=True):
    """Where the user roughly is."""

    country: str | None = None
    region: str | None = None
    city: str | None = None
    timezone: str | None = None


class UserLocation(msgspec.Struct):
    """The wrapper that the chat API puts around a location."""

    approximate: ApproximateLocation
    type: Literal["approximate"] = "approximate"


class WebSearchOptions(msgspec.Struct):
    """A wish to have the web searched."""

    search_context_size: Literal["low", "medium", "high"] | None = None
    user_location: UserLocation | None = None


class ReasoningWish(msgspec.Struct):
    """``reasoning`` as the Responses API spells it; ``reasoning_effort`` goes before it."""

    effort: Effort | None = None
    summary: Literal["auto", "concise", "detailed"] | None = None


class FunctionChoice(msgspec.Struct):
    """The function that a legacy ``function_call`` demands."""

    name: Filled


class ChatRequest(msgspec.Struct, kw_only=True):
    """The body of a chat completion request; what becomes of each field: ``parameters.py``."""

    model: Filled
    messages: Annotated[list[Message], Meta(min_length=1)] | None = None
    input: Annotated[list[dict[str, Any]], Meta(min_length=1)] | Filled | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    functions: list[dict[str, Any]] | None = None
    function_call: Literal["none", "auto"] | FunctionChoice | None = None
    response_format: TextFormat | JsonObjectFormat | JsonSchemaFormat | None = None
    reasoning_effort: Effort | None = None
    reasoning: ReasoningWish | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    web_search_options: WebSearchOptions | None = None
    n: Annotated[int, Meta(ge=1, le=128)] | None = None
    stop: str | list[str] | None = None
    max_tokens: Positive | None = None
    max_completion_tokens: Positive | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    logit_bias: dict[str, float] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    seed: int | None = None
    store: bool | None = None
    metadata: dict[str, str] | None = None
    modalities: list[Literal["text", "audio"]] | None = None
    user: str | None = None
    safety_identifier: str | None = None

    def __post_init__(self) -> None:
        """Some editors send the ``input`` of the Responses API in place of ``messages``."""
        if self.messages is None and self.input is None:
            raise ValueError("Object missing required field `messages`")

    @property
    def speaks_functions(self) -> bool:
        """Whether the caller knows ``functions`` only, and so must be answered in their terms."""
        return bool(self.functions) and not self.tools
