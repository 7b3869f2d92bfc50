"""How the token endpoint fails: before a code or token is spent, and after."""

import asyncio
from typing import Any

from aiohttp import web

from codex2api.protocol.json import encode
from codex2api.simulator.issuer.bodies import refuse, reply

FOREVER = 3600.0

MESSAGES = {
    "refresh_token_expired": "Your refresh token has expired. Please sign in again.",
    "refresh_token_reused": (
        "Your refresh token has already been used to generate a new access token. "
        "Please try signing in again."
    ),
    "refresh_token_invalidated": "Your refresh token was revoked. Please sign in again.",
}
OMITTED = {"no_refresh_token": ("refresh_token",), "no_id_token": ("id_token",)}
"""What an answer lacks by mode."""

_PERMANENT = {
    "expired": "refresh_token_expired",
    "reused": "refresh_token_reused",
    "invalidated": "refresh_token_invalidated",
}
_HTML = "<!doctype html><html><body><h1>502 Bad Gateway</h1><p>simulated</p></body></html>"


async def fail_before(request: web.Request, mode: str | None) -> web.StreamResponse | None:
    """The failure of ``mode`` that leaves everything as it was, ``None`` if it is another."""
    match mode:
        case "expired" | "invalidated" | "reused":
            code = _PERMANENT[mode]
            return refuse(401, code, MESSAGES[code])
        case "invalid_grant":
            return reply({"error": "invalid_grant", "error_description": "Simulated."}, 400)
        case "server_error":
            return refuse(500, "server_error", "Simulated failure of the issuer.")
        case "html":
            return web.Response(status=502, text=_HTML, content_type="text/html")
        case "hang_before":
            await asyncio.sleep(FOREVER)
        case "close_before":
            return hang_up(request)
    return None


async def fail_after(
    request: web.Request, mode: str | None, answer: dict[str, Any]
) -> web.StreamResponse | None:
    """The failure of ``mode`` that comes too late, ``None`` if it is another."""
    match mode:
        case "hang_after":
            await asyncio.sleep(FOREVER)
        case "close_after":
            return hang_up(request)
        case "cut_json":
            return web.Response(body=encode(answer)[:60], content_type="application/json")
        case "empty":
            return reply({})
    return None


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
