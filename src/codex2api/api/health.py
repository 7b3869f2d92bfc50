"""Whether the server lives, is ready, and is the one whose key you hold. Needs no key."""

import hmac
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel


class Health(BaseModel):
    """What ``/health`` says.

    Attributes:
        proof: HMAC-SHA256 (hex) of the challenge with the local key: shows our command line that
            it talks to its own server before it sends the key.
    """

    status: str
    proof: str | None = None


@dataclass(slots=True)
class Readiness:
    """Whether new requests are welcome, and when somebody last wanted to know.

    Attributes:
        can_serve: Whether an account could serve a request now.
        now: Monotonic seconds.
        closing: The server is about to end; requests under way may finish.
        over: The time to finish is over, too.
        asked_at: By ``now``.
    """

    can_serve: Callable[[], Awaitable[bool]]
    now: Callable[[], float]
    closing: bool = False
    over: bool = False
    asked_at: float = -math.inf

    async def ask(self) -> str:
        """``ok``, ``draining`` or ``not_ready``."""
        self.asked_at = self.now()
        if self.closing:
            return "draining"
        return "ok" if await self.can_serve() else "not_ready"

    def asked_within(self, seconds: float) -> bool:
        """Whether somebody asks regularly: a load balancer, most likely."""
        return self.now() - self.asked_at < seconds

    def is_over(self) -> bool:
        """Whether the server waits for nothing any more."""
        return self.over


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


def prove(local_key: str, challenge: str) -> str:
    """The answer to a challenge that only a holder of the key can give."""
    return hmac.new(local_key.encode(), challenge.encode(), sha256).hexdigest()
