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
            "default_verbosity": TEXT,
            "input_modalities": _WORDS,
            "service_tiers": _WORDS,
            "hidden": {"type": "boolean"},
        }.items()
    ),
)


class Mended(NamedTuple):
    """A published schema that contradicts the live API.

    Attributes:
        place: The way to the wrong part of it.
        mend: What should be there, made of what is.
    """

    schema: str
    field: str
    place: tuple[str | int, ...]
    mend: Callable[[Schema], Schema]
    why: str


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _or(value: str) -> Callable[[Schema], Schema]:
    return lambda schema: schema | {"enum": [*schema["enum"], value]}


def _of_any_role(_: Schema) -> Schema:
    return {"$ref": "#/components/schemas/StoredMessage"}


MENDED: tuple[Mended, ...] = (
    Mended(
        "ChatCompletionMessageToolCallChunk",
        "type",
        ("properties", "type"),
        _or("custom"),
        "`type` may be `custom` in a stream, too.",
    ),
    Mended(
        "CreateCompletionResponse",
        "choices",
        ("properties", "choices", "items", "properties", "finish_reason"),
        _or_null,
        "The live API streams `finish_reason: null` before the end.",
    ),
    Mended(
        "CreateCompletionResponse",
        "usage",
        ("properties", "usage"),
        _or_null,
        "The live API streams `usage: null` before the chunk that has it.",
    ),
    Mended(
        "OpenAIFile",
        "purpose",
        ("properties", "purpose"),
        _or("evals"),
        "What a file may be uploaded for, it may be kept for.",
    ),
    Mended(
        "ChatCompletionMessageList",
        "data",
        ("properties", "data", "items", "allOf", 0),
        _of_any_role,
        "The messages of a conversation are of every role, as in OpenAI's own example.",
    ),
)

UNDESCRIBED: dict[str, Schema] = {
    "delete /responses/{response_id}": {
        "type": "object",
        "properties": {"id": TEXT, "object": {"const": "response"}, "deleted": {"const": True}},
        "required": ["id", "object", "deleted"],
    },
}
"""Answers that the description has no word for."""


def differing(published: dict[str, Schema]) -> dict[str, Schema]:
    """The published schemas with all differences in them."""
    said = published["ChatCompletionResponseMessage"]
    stored = _replaced(said, ("properties", "role"), lambda _: TEXT)
    schemas = published | {"StoredMessage": stored}
    for mended in MENDED:
        schemas[mended.schema] = _replaced(schemas[mended.schema], mended.place, mended.mend)
    for name, field, value, _ in BEYOND:
        schema = schemas[name]
        schemas[name] = schema | {"properties": schema.get("properties", {}) | {field: value}}
    return schemas


def _replaced(whole: Any, place: tuple[str | int, ...], mend: Callable[[Schema], Schema]) -> Any:
    """A copy of a schema with another part at a place."""
    if not place:
        return mend(whole)
    step, *rest = place
    copy = whole.copy()
    copy[step] = _replaced(whole[step], tuple(rest), mend)
    return copy
