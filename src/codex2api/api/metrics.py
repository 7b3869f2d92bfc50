"""``GET /metrics``: what Prometheus reads, for the owner alone (``Front`` asks for that key)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from codex2api.metrics.reading import Snapshot


def metrics_router(whole: Callable[[], Awaitable[Snapshot]]) -> APIRouter:
    """The route.

    Args:
        whole: What all processes of this server have counted.
    """
    router = APIRouter(tags=["Admin"])

    @router.get("/metrics")
    async def metrics(accept: Annotated[str, Header()] = "") -> Response:
        """Counts and levels in Prometheus' text format, or in OpenMetrics."""
        body, kind = await asyncio.to_thread(_exposed, await whole(), accept)
        return Response(body, headers={"content-type": kind, "cache-control": "no-store"})

    return router


def _exposed(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    # Servers that nobody scrapes need not load it; in a thread, for streams should flow meanwhile.
    from codex2api.metrics.exposition import exposition, registry  # noqa: PLC0415

    return exposition(registry(), snapshot, accept)
