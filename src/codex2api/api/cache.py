"""What the cache meter has seen, for the owner."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from codex2api.ledger.cachemeter import CacheMeter, Conversation
from codex2api.protocol.json import encode


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
