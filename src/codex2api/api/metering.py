"""The cache meter: told of requests behind their answers, and read by the owner."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeAlias

from fastapi import APIRouter
from starlette.responses import Response

from codex2api.api.exchange import Exchange
from codex2api.ledger.cachemeter import CacheMeter, Conversation, Spent
from codex2api.ledger.prefixes import prefix_of
from codex2api.protocol.json import encode
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.usage import Usage

Metering: TypeAlias = Callable[[Exchange, ResponsesRequest, Usage], None]
"""Takes in what a request cost."""


def metering(meter: CacheMeter, now: Callable[[], float]) -> Metering:
    """Has the meter told as soon as the event loop has nothing better to do."""

    def told(exchange: Exchange, request: ResponsesRequest, usage: Usage) -> None:
        spent = Spent(now(), usage.input_tokens or 0, usage.cached)
        key = exchange.caller.name if exchange.caller else "anyone"
        account, model = exchange.account, exchange.model

        def take() -> None:
            name = request.prompt_cache_key or request.opening
            meter.take(key, name[:64], prefix_of(request, account, model), spent)

        asyncio.get_running_loop().call_soon(take)

    return told


def cache_router(meter: CacheMeter, *, on: bool) -> APIRouter:
    """The route of the admin API.

    Args:
        meter: Of this process; each of several workers has its own.
        on: Whether it is told of anything.
    """
    router = APIRouter(prefix="/admin/api", tags=["Admin"])

    @router.get("/cache")
    async def cache() -> Response:
        """Conversations since the start, the latest first: how much was cached, what broke it."""
        data = [_shown(story) for story in meter.conversations()]
        return Response(encode({"on": on, "data": data}), media_type="application/json")

    return router


def _shown(story: Conversation) -> dict[str, Any]:
    last = story.last_break
    return {
        "conversation": story.name,
        "key_name": story.key,
        "model": story.model,
        "account": story.account,
        "requests": story.requests,
        "input_tokens": story.input_tokens,
        "cached_tokens": story.cached_tokens,
        "cached_share": story.cached_share,
        "last_at": round(story.last_at),
        "last_cached_share": story.last_cached,
        "breaks": story.breaks,
        "last_break": None
        if last is None
        else {
            "what": last.what,
            "at": round(last.at),
            "input_tokens": last.input_tokens,
            "cached_tokens": last.cached_tokens,
        },
    }
