"""``/admin/api/models``: the models that can be asked, with what they would cost elsewhere."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.responses import Response

from codex2api.api.packed import packed
from codex2api.catalog.models import Catalog, ModelSpec
from codex2api.ledger.reports import Price, Tokens

_MILLION = 1_000_000
_CALLS = 1000
"""Among which a million tokens are shared out: none of them is a long one, which costs more."""

_DAY = 86_400


class ModelPrice(Struct, frozen=True):
    """Dollars for a million tokens, at the list price of OpenAI's API."""

    input: float
    cached_input: float
    output: float


class ModelCard(Struct, frozen=True, kw_only=True):
    """A model as its row shows it.

    Attributes:
        aliases: Names that choose it and an effort at once.
        hidden: It can be asked, and is not in lists.
        price: ``None`` where no list has it.
    """

    id: str
    name: str | None
    description: str | None
    aliases: Sequence[str]
    context_window: int | None
    max_context_window: int | None
    max_output_tokens: int | None
    reasoning_efforts: Sequence[str]
    default_reasoning_effort: str | None
    input_modalities: Sequence[str]
    service_tiers: Sequence[str]
    hidden: bool
    price: ModelPrice | None


class ModelCards(Struct, frozen=True, kw_only=True):
    """The catalogue.

    Attributes:
        live: ChatGPT has told it; else it is the one that came with this version.
    """

    live: bool
    models: Sequence[ModelCard]


def models_board_router(
    catalog: Callable[[str | None], Awaitable[Catalog]], price: Price, now: Callable[[], float]
) -> APIRouter:
    """The route.

    Args:
        catalog: What the signed-in accounts can use now.
        price: Tells list prices; called in a thread, for its first answer takes a while.
        now: Unix seconds.
    """
    router = APIRouter(prefix="/admin/api", tags=["Admin"])

    @router.get("/models")
    async def list_models(request: Request) -> Response:
        """All models that can be asked, hidden ones at the end."""
        day = int(now() // _DAY)
        found = await asyncio.to_thread(model_cards, await catalog(None), price, day)
        return packed(request, found)

    return router


def model_cards(catalog: Catalog, price: Price, day: int) -> ModelCards:
    """The catalogue as the page shows it.

    Args:
        catalog: Of all accounts.
        price: Tells list prices.
        day: Days since 1970, UTC, for whose prices are asked.
    """
    listed = list(catalog.listed())
    hidden = (spec for spec in catalog.specs if spec.visibility == "hide")
    cards = [_card(spec, price, day) for spec in (*listed, *hidden)]
    return ModelCards(live=catalog.complete, models=cards)


def _card(spec: ModelSpec, price: Price, day: int) -> ModelCard:
    return ModelCard(
        id=spec.slug,
        name=spec.name,
        description=spec.description,
        aliases=spec.aliases,
        context_window=spec.context_window,
        max_context_window=spec.max_context_window,
        max_output_tokens=spec.max_output_tokens,
        reasoning_efforts=spec.efforts,
        default_reasoning_effort=spec.default_effort,
        input_modalities=spec.input_modalities,
        service_tiers=spec.tiers,
        hidden=spec.visibility != "list",
        price=_price(spec.slug, price, day),
    )


def _price(slug: str, price: Price, day: int) -> ModelPrice | None:
    def of(tokens: Tokens) -> Decimal | None:
        return price(slug, day, tokens, _CALLS)

    each = (
        of(Tokens(input=_MILLION)),
        of(Tokens(input=_MILLION, cached=_MILLION)),
        of(Tokens(output=_MILLION)),
    )
    known = [round(float(dollars), 6) for dollars in each if dollars is not None]
    return ModelPrice(*known) if len(known) == len(each) else None
