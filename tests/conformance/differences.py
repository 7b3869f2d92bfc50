"""Where we part from the published schema, and why; docs/conformance.md tells users the same."""

from collections.abc import Callable
from typing import Any, NamedTuple

Schema = dict[str, Any]


class Beyond(NamedTuple):
    """A field that the published schema does not have."""

    schema: str
    field: str
    value: Schema
    why: str


TEXT: Schema = {"type": "string"}
_WORDS: Schema = {"type": "array", "items": TEXT}
_NUMBER: Schema = {"type": "integer"}
_CITATIONS: Schema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "type": {"const": "url_citation"},
            "url_citation": {
                "type": "object",
                "properties": {
                    "start_index": {"type": "integer"},
                    "end_index": {"type": "integer"},
                    "url": TEXT,
                    "title": TEXT,
                },
            },
        },
    },
}
_CUSTOM: Schema = {"type": "object", "properties": {"name": TEXT, "input": TEXT}}
_THOUGHTS: Schema = {
    "type": "object",
    "properties": {
        "content": {
            "type": "array",
            "items": {"type": "object", "properties": {"type": {"const": "text"}, "text": TEXT}},
        }
    },
}
_ERROR: Schema = {"$ref": "#/components/schemas/Error"}

BEYOND: tuple[Beyond, ...] = (
    Beyond("Response", "store", {"type": "boolean"}, "The live API sends it."),
    Beyond(
        "ResponseErrorEvent",
        "error",
        _ERROR,
        "The official clients raise only on an event with an `error` object.",
    ),
    Beyond(
        "ChatCompletionResponseMessage",
        "reasoning_content",
        TEXT,
        "Where the reasoning is, unless another style is asked for.",
    ),
    Beyond(
        "ChatCompletionStreamResponseDelta",
        "reasoning_content",
        TEXT,
        "Where the reasoning is, unless another style is asked for.",
    ),
    *(
        Beyond(schema, "reasoning", _THOUGHTS, "Where the reasoning is in the style `o3`.")
        for schema in ("ChatCompletionResponseMessage", "ChatCompletionStreamResponseDelta")
    ),
    Beyond(
        "ChatCompletionStreamResponseDelta",
        "annotations",
        _CITATIONS,
        "The live API streams citations so.",
    ),
    Beyond(
        "ChatCompletionMessageToolCallChunk",
        "custom",
        _CUSTOM,
        "The live API streams calls of custom tools so.",
    ),
    Beyond("CustomToolCall", "status", TEXT, "Other descriptions of the same item have it."),
    *(
        Beyond("ImageGenToolCall", field, TEXT, "The official clients know it.")
        for field in ("action", "revised_prompt", "size", "quality", "background", "output_format")
    ),
    *(
        Beyond("Model", field, value, "What the catalogue knows of a model.")
        for field, value in {
            "name": TEXT,
            "description": TEXT,
            "alias_of": TEXT,
            "context_window": _NUMBER,
            "max_context_window": _NUMBER,
            "max_output_tokens": _NUMBER,
            "reasoning_efforts": _WORDS,
            "default_reasoning_effort": TEXT,
            "input_modalities": _WORDS,
            "service_tiers": _WORDS,
        }.items()
    ),
)


def _custom_calls(schema: Schema) -> Schema:
    fields = schema["properties"] | {"type": {"enum": ["function", "custom"]}}
    return schema | {"properties": fields}


def _unended(schema: Schema) -> Schema:
    choice = schema["properties"]["choices"]["items"]
    reason = {"anyOf": [choice["properties"]["finish_reason"], {"type": "null"}]}
    mended = choice | {"properties": choice["properties"] | {"finish_reason": reason}}
    choices = schema["properties"]["choices"] | {"items": mended}
    return schema | {"properties": schema["properties"] | {"choices": choices}}


def _uncounted(schema: Schema) -> Schema:
    usage = {"anyOf": [schema["properties"]["usage"], {"type": "null"}]}
    return schema | {"properties": schema["properties"] | {"usage": usage}}


class Mended(NamedTuple):
    """A published schema that contradicts the live API."""

    schema: str
    field: str
    mend: Callable[[Schema], Schema]
    why: str


MENDED: tuple[Mended, ...] = (
    Mended(
        "ChatCompletionMessageToolCallChunk",
        "type",
        _custom_calls,
        "`type` may be `custom` in a stream, too.",
    ),
    Mended(
        "CreateCompletionResponse",
        "choices",
        _unended,
        "The live API streams `finish_reason: null` before the end.",
    ),
    Mended(
        "CreateCompletionResponse",
        "usage",
        _uncounted,
        "The live API streams `usage: null` before the chunk that has it.",
    ),
)


def differing(schemas: dict[str, Schema]) -> dict[str, Schema]:
    """The published schemas with all differences in them."""
    differing = dict(schemas)
    for name, _, mend, _ in MENDED:
        differing[name] = mend(differing[name])
    for name, field, value, _ in BEYOND:
        schema = differing[name]
        differing[name] = schema | {"properties": schema.get("properties", {}) | {field: value}}
    return differing
