"""Whether the server lives, is ready, and is the one whose key you hold. Needs no key."""

import hmac
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256

from starlette.types import ASGIApp, Receive, Scope, Send

from codex2api.api.errors import send_json

READY = "/health/ready"
_CHALLENGE = re.compile(rb"challenge=([\w-]{16,256})", re.ASCII)
"""In the form that needs no decoding."""

OPEN_PATHS = frozenset({"/health", "/health/live", READY})
"""Nobody needs a key for these."""


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


@dataclass(frozen=True, slots=True)
class Pulse:
    """The health routes as they are usually asked: by monitors, and by our own command line.

    Attributes:
        local_key: The owner's key.
        readiness: Whether a request could be served now.
        behind: Answers everything else, health routes that are asked otherwise among it.
    """

    local_key: str
    readiness: Readiness
    behind: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        asks = scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in OPEN_PATHS
        if asks and not scope["query_string"]:
            said = await self.readiness.ask() if scope["path"] == READY else "ok"
            await send_json(send, 200 if said == "ok" else 503, {"status": said}, [])
        elif asks and (found := _asked_to_prove(scope)):
            proof = prove(self.local_key, found[1].decode("ascii"))
            await send_json(send, 200, {"status": "ok", "proof": proof}, [])
        else:
            await self.behind(scope, receive, send)


def _asked_to_prove(scope: Scope) -> re.Match[bytes] | None:
    return _CHALLENGE.fullmatch(scope["query_string"]) if scope["path"] == "/health" else None


def prove(local_key: str, challenge: str) -> str:
    """The answer to a challenge that only a holder of the key can give."""
    return hmac.new(local_key.encode(), challenge.encode(), sha256).hexdigest()
