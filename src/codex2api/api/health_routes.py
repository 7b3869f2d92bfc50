"""The health routes as the API reference has them; the usual questions ``health.Pulse`` answers."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from codex2api.api.health import Readiness, prove


class Health(BaseModel):
    """What ``/health`` says.

    Attributes:
        proof: HMAC-SHA256 (hex) of the challenge with the local key: shows our command line that
            it talks to its own server before it sends the key.
    """

    status: str
    proof: str | None = None


def health_router(local_key: str, readiness: Readiness) -> APIRouter:
    """Routes under ``/health``.

    Args:
        local_key: The owner's key.
        readiness: Whether a request could be served now.
    """
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("", response_model_exclude_none=True)
    async def health(
        challenge: Annotated[str | None, Query(min_length=16, max_length=256)] = None,
    ) -> Health:
        if challenge is None:
            return Health(status="ok")
        return Health(status="ok", proof=prove(local_key, challenge))

    @router.get("/live", response_model_exclude_none=True)
    async def live() -> Health:
        return Health(status="ok")

    @router.get("/ready", response_model_exclude_none=True)
    async def ready(response: Response) -> Health:
        status = await readiness.ask()
        if status != "ok":
            response.status_code = 503
        return Health(status=status)

    return router
