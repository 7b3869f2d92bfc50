"""``GET /v1/models`` and ``GET /v1/models/{id}``: OpenAI's fields, and what else is known.

Callers of an API with another form of its own get that one.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, Field

from codex2api.api.exchange import caller_of, manners_of
from codex2api.api.gate import only_account
from codex2api.callers import Caller
from codex2api.catalog.models import Catalog, ModelSpec, Resolved, nearest_effort
from codex2api.dialects.manners import Page
from codex2api.dialects.openai_refusals import invalid
from codex2api.protocol.json import Json, encode

_CREATED = 1_754_524_800
"""The backend tells no dates; this is the day of the first model generation that it served."""

_LONGEST_PAGE = 1000

Account = Annotated[str | None, Header(description="Label of the only account that counts.")]


class ModelObject(BaseModel):
    """One model."""

    id: str
    object: Literal["model"] = "model"
    created: int = Field(
        default=_CREATED, description="The same for every model: the date is not known."
    )
    owned_by: str = "openai"
    name: str | None = None
    description: str | None = None
    alias_of: str | None = Field(
        default=None, description="The model that a name with an effort means."
    )
    context_window: int | None = None
    max_context_window: int | None = None
    max_output_tokens: int | None = None
    reasoning_efforts: list[str]
    default_reasoning_effort: str | None = None
    default_verbosity: str | None = None
    input_modalities: list[str]
    service_tiers: list[str]
    hidden: bool = Field(
        default=False, description="It can be used, and is not in the list of models."
    )


class ModelList(BaseModel):
    """All models worth showing."""

    object: Literal["list"] = "list"
    data: list[ModelObject]


def _itself(name: str) -> str:
    return name


def models_router(
    catalog: Callable[[str | None], Awaitable[Catalog]], rename: Callable[[str], str] = _itself
) -> APIRouter:
    """The two routes.

    Args:
        catalog: What the signed-in accounts can use now, or the one of a label alone.
        rename: The model that stands for a name of another API.
    """
    router = APIRouter(prefix="/v1/models", tags=["Models"])

    @router.get("", response_model=ModelList, response_model_exclude_none=True)
    async def list_models(
        request: Request, x_codex2api_account: Account = None
    ) -> ModelList | Response:
        """Models that the signed-in accounts can use; ``MODEL-EFFORT`` names work too."""
        caller, forms = caller_of(request.scope), manners_of(request.scope).models
        models = _granted(caller, await catalog(only_account(x_codex2api_account, caller)))
        shown = [Resolved(spec) for spec in models.listed()]
        if forms is not None:
            return _json(forms.many(shown, _page(request.query_params)))
        return ModelList(data=[_object(found) for found in shown])

    @router.get("/{model:path}", response_model=ModelObject, response_model_exclude_none=True)
    async def retrieve_model(
        request: Request,
        model: str,
        x_codex2api_account: Account = None,
    ) -> ModelObject | Response:
        """One model, hidden ones and ``MODEL-EFFORT`` names included."""
        caller, forms = caller_of(request.scope), manners_of(request.scope).models
        models = await catalog(only_account(x_codex2api_account, caller))
        found = models.find(model if forms is None else rename(model))
        granted = _granted(caller, models)
        if found is None or found.spec not in granted.specs:
            raise granted.unknown(model)
        return _object(found, model) if forms is None else _json(forms.one(found, model))

    return router


def _page(query: Mapping[str, str]) -> Page:
    """What part of the list is asked for; OpenAI's list has no parts."""
    limit = query.get("limit", "20")
    if not limit.isdecimal() or not 1 <= int(limit) <= _LONGEST_PAGE:
        raise invalid("limit", f"expected a number from 1 to {_LONGEST_PAGE}")
    return Page(int(limit), query.get("after_id"), query.get("before_id"))


def _json(body: Json) -> Response:
    return Response(encode(body), media_type="application/json")


def _granted(caller: Caller | None, models: Catalog) -> Catalog:
    """Those that the caller's key lets them use, be it with one effort alone."""
    if caller is None or not caller.grants.models:
        return models
    allows = caller.grants.allows
    specs = (spec for spec in models.specs if any(map(allows, (spec.slug, *spec.aliases))))
    return replace(models, specs=tuple(specs))


def _object(found: Resolved, name: str | None = None) -> ModelObject:
    spec = found.spec
    return ModelObject(
        id=name or spec.slug,
        name=spec.name,
        description=spec.description,
        alias_of=spec.slug if found.effort else None,
        context_window=spec.context_window,
        max_context_window=spec.max_context_window,
        max_output_tokens=spec.max_output_tokens,
        reasoning_efforts=list(spec.efforts),
        default_reasoning_effort=_default_effort(found.effort, spec),
        default_verbosity=spec.default_verbosity,
        input_modalities=list(spec.input_modalities),
        service_tiers=list(spec.tiers),
        hidden=spec.visibility != "list",
    )


def _default_effort(asked: str | None, spec: ModelSpec) -> str | None:
    if asked is None:
        return spec.default_effort
    return asked if asked in spec.efforts else nearest_effort(asked, spec.efforts)
