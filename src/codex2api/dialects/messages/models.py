"""Models as Anthropic's API shows them."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from codex2api.catalog.models import Resolved
from codex2api.dialects.manners import ModelForms, Page
from codex2api.errors import ApiError, Kind

_CREATED = "2025-08-07T00:00:00Z"
"""The backend tells no dates; this is the day of the first model generation that it served."""


class ModelInfo(Struct, kw_only=True, tag_field="type", tag="model"):
    """One model."""

    id: str
    display_name: str
    created_at: str = _CREATED
    lifecycle: str = "active"
    deprecated_at: None = None
    retires_at: None = None
    line: None = None
    max_input_tokens: int | None
    max_tokens: int | None
    capabilities: dict[str, object]


class ModelPage(Struct, kw_only=True):
    """Some of them."""

    data: list[ModelInfo]
    has_more: bool
    first_id: str | None
    last_id: str | None


def _one(found: Resolved, name: str) -> ModelInfo:
    spec = found.spec
    return ModelInfo(
        id=name,
        display_name=spec.name or spec.slug,
        max_input_tokens=spec.context_window,
        max_tokens=spec.max_output_tokens,
        capabilities=_capabilities(spec.efforts, spec.input_modalities),
    )


def _many(models: Sequence[Resolved], page: Page) -> ModelPage:
    shown = [_one(found, found.spec.slug) for found in models]
    ids = [model.id for model in shown]
    start, end = 0, len(shown)
    if page.after is not None:
        start = _place(ids, page.after, "after_id") + 1
        more = start + page.limit < end
        end = min(end, start + page.limit)
    elif page.before is not None:
        end = _place(ids, page.before, "before_id")
        start = max(0, end - page.limit)
        more = start > 0
    else:
        more = page.limit < end
        end = min(end, page.limit)
    chosen = shown[start:end]
    return ModelPage(
        data=chosen,
        has_more=more,
        first_id=chosen[0].id if chosen else None,
        last_id=chosen[-1].id if chosen else None,
    )


def _place(ids: Sequence[str], name: str, param: str) -> int:
    if name not in ids:
        raise ApiError(
            Kind.BAD_REQUEST, f"Invalid value for '{param}': there is no such model.", param=param
        )
    return ids.index(name)


def _capabilities(efforts: Iterable[str], inputs: Iterable[str]) -> dict[str, object]:
    effort = {
        name: _supported(name in efforts) for name in ("low", "medium", "high", "xhigh", "max")
    }
    thinks = bool(tuple(efforts))
    kinds = ("enabled", "adaptive", "disabled", "between_tools")
    return {
        "batch": _supported(False),
        "citations": _supported(False),
        "code_execution": _supported(False),
        "context_management": _supported(False),
        "effort": _supported(thinks) | effort,
        "image_input": _supported("image" in inputs),
        "pdf_input": _supported("image" in inputs),
        "server_tools": _supported(True)
        | {"web_search": _supported(True), "code_execution": _supported(False)},
        "structured_outputs": _supported(True),
        "thinking": _supported(thinks) | {"types": {kind: _supported(thinks) for kind in kinds}},
    }


def _supported(it_is: bool) -> dict[str, object]:
    return {"supported": it_is}


ANTHROPIC_MODELS = ModelForms(one=_one, many=_many)
"""The two forms."""
