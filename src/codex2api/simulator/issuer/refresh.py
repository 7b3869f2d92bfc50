"""The refresh grant: rotation, and every way it is known to go wrong."""

import asyncio
from typing import Any

from aiohttp import web

from codex2api.protocol.json import encode
from codex2api.simulator.accounts import SimulatedAccount
from codex2api.simulator.issuer.bodies import refuse, reply
from codex2api.simulator.issuer.tokens import TokenError
from codex2api.simulator.state import SimulatorState

FOREVER = 3600.0

MESSAGES = {
    "refresh_token_expired": "Your refresh token has expired. Please sign in again.",
    "refresh_token_reused": (
        "Your refresh token has already been used to generate a new access token. "
        "Please try signing in again."
    ),
    "refresh_token_invalidated": "Your refresh token was revoked. Please sign in again.",
}
_PERMANENT = {
    "expired": "refresh_token_expired",
    "reused": "refresh_token_reused",
    "invalidated": "refresh_token_invalidated",
}
_HTML = "<!doctype html><html><body><h1>502 Bad Gateway</h1><p>simulated</p></body></html>"


async def refresh(
    request: web.Request, state: SimulatorState, fields: dict[str, Any]
) -> web.StreamResponse:
    """Answer one refresh, counting it, as the switches say."""
    state.refreshes.begin()
    try:
        if state.token_switches.delay:
            await asyncio.sleep(state.token_switches.delay)
        return await _answer(request, state, fields)
    finally:
        state.refreshes.end()


async def _answer(
    request: web.Request, state: SimulatorState, fields: dict[str, Any]
) -> web.StreamResponse:
    mode = state.token_switches.take()
    if early := await _fail_unspent(request, mode):
        return early
    if fields.get("client_id") != state.options.client_id:
        return refuse(401, "invalid_client", "The client is unknown.")
    try:
        spent = str(fields.get("refresh_token", ""))
        account = state.tokens.spend(spent)
    except TokenError as refused:
        return refuse(401, str(refused), MESSAGES[str(refused)])
    answer = _tokens(state, account, mode, spent)
    if late := await _fail_spent(request, mode, answer):
        return late
    state.refreshes.succeeded += 1
    return reply(answer)


async def _fail_unspent(request: web.Request, mode: str | None) -> web.StreamResponse | None:
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


async def _fail_spent(
    request: web.Request, mode: str | None, answer: dict[str, Any]
) -> web.StreamResponse | None:
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


def _tokens(
    state: SimulatorState, account: SimulatedAccount, mode: str | None, spent: str
) -> dict[str, Any]:
    if mode == "other_account":
        account = state.account(f"not-{account.label}")
    answer = state.tokens.mint(account)
    match mode:
        case "no_refresh_token":
            # The old one stays good then: whoever keeps it must be able to go on.
            state.tokens.restore(answer.pop("refresh_token"), spent)
        case "no_id_token":
            del answer["id_token"]
    return answer


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
