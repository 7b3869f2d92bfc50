"""The backend's model list, read with an open mind: only ``slug`` may be counted on.

Field names: protocol sheet, section 6.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from codex2api.catalog.models import Catalog, ModelSpec
from codex2api.protocol.json import decode


class _Level(msgspec.Struct):
    effort: str


class _Tier(msgspec.Struct):
    id: str


class _Messages(msgspec.Struct):
    instructions_template: str | None = None
    instructions_variables: dict[str, Any] | None = None


class _Entry(msgspec.Struct):
    slug: str
    display_name: str | None = None
    description: str | None = None
    visibility: str | None = "list"
    priority: int | None = 0
    supported_reasoning_levels: list[_Level] | None = None
    default_reasoning_level: str | None = None
    supports_reasoning_summaries: bool | None = None
    supports_reasoning_summary_parameter: bool | None = None
    support_verbosity: bool | None = None
    default_verbosity: str | None = None
    service_tiers: list[_Tier] | None = None
    input_modalities: list[str] | None = None
    context_window: int | None = None
    max_context_window: int | None = None
    max_output_tokens: int | None = None
    use_responses_lite: bool | None = False
    base_instructions: str | None = None
    model_messages: _Messages | None = None


class _Slug(msgspec.Struct):
    slug: str


def read_catalog(body: bytes, etag: str | None) -> Catalog:
    """A complete catalogue out of a ``GET /models`` answer.

    Raises:
        ValueError: It is not a model list, or none of its entries has a slug.
    """
    answer = decode(body)
    entries = answer.get("models") if isinstance(answer, dict) else None
    specs = tuple(_specs(entries)) if isinstance(entries, list) else ()
    if not specs:
        raise ValueError("The backend's model list names no model.")
    return Catalog(specs, complete=True, etag=etag)


def _specs(entries: list[Any]) -> Iterator[ModelSpec]:
    for raw in entries:
        try:
            yield _spec(msgspec.convert(raw, _Entry))
        except msgspec.ValidationError:
            yield from _bare(raw)


def _bare(raw: object) -> Iterator[ModelSpec]:
    # A field changed its type: the model still works, only what it offers is unknown.
    try:
        yield ModelSpec(msgspec.convert(raw, _Slug).slug, known=False)
    except msgspec.ValidationError:
        return


def _spec(entry: _Entry) -> ModelSpec:
    return ModelSpec(
        slug=entry.slug,
        efforts=tuple(level.effort for level in entry.supported_reasoning_levels or ()),
        default_effort=entry.default_reasoning_level,
        name=entry.display_name,
        description=entry.description,
        visibility=entry.visibility or "list",
        priority=entry.priority or 0,
        context_window=entry.context_window,
        max_context_window=entry.max_context_window,
        max_output_tokens=entry.max_output_tokens,
        input_modalities=tuple(entry.input_modalities or ("text", "image")),
        lite=bool(entry.use_responses_lite),
        tiers=tuple(tier.id for tier in entry.service_tiers or ()),
        verbosity=bool(entry.support_verbosity),
        default_verbosity=entry.default_verbosity,
        summaries=_offers_summaries(entry),
        base_instructions=entry.base_instructions or _filled_in(entry.model_messages),
    )


def _offers_summaries(entry: _Entry) -> bool:
    said = entry.supports_reasoning_summary_parameter
    if said is None:
        said = entry.supports_reasoning_summaries
    return said is not False


def _filled_in(messages: _Messages | None) -> str | None:
    """The newer home of the official prompt, with its one placeholder filled in."""
    if messages is None or not messages.instructions_template:
        return None
    personality = (messages.instructions_variables or {}).get("personality_default")
    text = personality if isinstance(personality, str) else ""
    return messages.instructions_template.replace("{{ personality }}", text)
