"""What pages of listed origins need to hear from us, or their browser hides our answers.

The list is ``server.allowedOrigins``; an origin that is not on it gets no such header, be it that
it asks beforehand or not. There is no ``*``: a page must be named by somebody who trusts it.
Cookies and the like are never allowed along; keys come in headers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Message, Receive, Scope, Send

from codex2api.api.streaming import RawHeaders

_METHODS = b"GET, HEAD, POST, DELETE"
_EXPOSED = b", ".join(
    [
        b"x-request-id",
        b"request-id",
        b"x-codex2api-account",
        b"x-codex2api-adjusted",
        b"x-codex2api-dropped",
        b"x-codex2api-emulated",
        b"openai-model",
        b"openai-processing-ms",
        b"retry-after",
        b"x-should-retry",
        *(
            b"x-ratelimit-%s-%s" % (what, of)
            for what in (b"limit", b"remaining", b"reset")
            for of in (b"requests", b"tokens")
        ),
    ]
)
_MAX_AGE = b"600"
_NAMES = re.compile(r"[\w!#$%&'*+.^`|~-]+(?: ?, ?[\w!#$%&'*+.^`|~-]+){0,63}", re.ASCII)
"""The header names that a page wants to send: OpenAI's own clients send a dozen."""

_VARY = (b"vary", b"Origin")


def opened(send: Send, asked: Mapping[str, str], origins: frozenset[str]) -> Send:
    """``send`` for a server that lists origins: the answer is made readable to a listed one.

    Args:
        send: Where messages go.
        asked: The request's headers.
        origins: The list.
    """
    origin = asked.get("origin", "")
    added: RawHeaders = [_VARY]
    if origin in origins:
        added += [*_allowing(origin), (b"access-control-expose-headers", _EXPOSED)]

    async def opening(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *added]
        await send(message)

    return opening


def asks_beforehand(asked: Mapping[str, str], origins: frozenset[str]) -> bool:
    """Whether an OPTIONS request is the browser's question whether a listed page may call."""
    return asked.get("origin") in origins and "access-control-request-method" in asked


@dataclass(frozen=True, slots=True)
class Preflight:
    """The answer to it; no key is asked for, because browsers send none along."""

    asked: Mapping[str, str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's)
        """Answer."""
        await send({"type": "http.response.start", "status": 204, "headers": self._headers()})
        await send({"type": "http.response.body"})

    def _headers(self) -> RawHeaders:
        headers: RawHeaders = [
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-max-age", _MAX_AGE),
            (b"vary", b"Access-Control-Request-Headers"),
        ]
        wanted = self.asked.get("access-control-request-headers", "")
        if _NAMES.fullmatch(wanted):
            headers.append((b"access-control-allow-headers", wanted.encode()))
        if self.asked.get("access-control-request-private-network") == "true":
            headers.append((b"access-control-allow-private-network", b"true"))
        return headers


def _allowing(origin: str) -> RawHeaders:
    return [(b"access-control-allow-origin", origin.encode("latin-1"))]
