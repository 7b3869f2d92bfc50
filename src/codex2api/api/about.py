"""What this server is, and since when it serves; for its owner."""

from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel


class About(BaseModel):
    """This process; of several workers, the one that answered."""

    object: Literal["server"] = "server"
    version: str
    started_at: datetime


def about_router(version: str, started: float) -> APIRouter:
    """``GET /admin/api/server``.

    Args:
        version: Of codex2api.
        started: Unix seconds.
    """
    router = APIRouter(prefix="/admin/api", tags=["admin"])
    told = About(version=version, started_at=datetime.fromtimestamp(round(started), UTC))

    @router.get("/server")
    async def server() -> About:
        return told

    return router
