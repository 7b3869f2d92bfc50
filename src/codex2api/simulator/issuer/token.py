"""``POST /oauth/token``: code exchange, refresh, and the exchange for an API key."""

import base64
import hashlib
import secrets
import time
from typing import Any

from aiohttp import web

from codex2api.simulator.issuer.bodies import read_fields, refuse, reply
from codex2api.simulator.issuer.faults import OMITTED, fail_after, fail_before
from codex2api.simulator.issuer.grants import PendingCode
from codex2api.simulator.issuer.refresh import refresh
from codex2api.simulator.state import STATE, SimulatorState

API_KEY_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"


async def token(request: web.Request) -> web.StreamResponse:
    """Answer by grant type; both form and JSON bodies are taken."""
    state = request.app[STATE]
    fields = await read_fields(request)
    match fields.get("grant_type"):
        case "refresh_token":
            return await refresh(request, state, fields)
        case "authorization_code":
            return await _exchange(request, state, fields)
        case grant if grant == API_KEY_GRANT and fields.get("subject_token"):
            return reply({"access_token": f"sk-simulated-{secrets.token_hex(12)}"})
        case _:
            return reply(
                {"error": "unsupported_grant_type", "error_description": "Unknown grant type."},
                400,
            )


async def _exchange(
    request: web.Request, state: SimulatorState, fields: dict[str, Any]
) -> web.StreamResponse:
    mode = state.exchange_switches.take()
    if early := await fail_before(request, mode):
        return early
    code = state.codes.pop(str(fields.get("code", "")), None)
    if code is None or code.expires_at <= time.time():
        return _invalid("The authorization code is unknown, used or expired.")
    if fault := _mismatch(state, code, fields):
        return _invalid(fault)
    answer = state.tokens.mint(state.account(code.label))
    if late := await fail_after(request, mode, answer):
        return late
    for name in OMITTED.get(mode or "", ()):
        del answer[name]
    return reply(answer)


def _mismatch(state: SimulatorState, code: PendingCode, fields: dict[str, Any]) -> str | None:
    if fields.get("client_id") != state.options.client_id:
        return "The client is unknown."
    if fields.get("redirect_uri") != code.redirect_uri:
        return "redirect_uri differs from the one of the authorization request."
    if challenge_of(str(fields.get("code_verifier", ""))) != code.challenge:
        return "code_verifier does not fit the code_challenge."
    return None


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _invalid(description: str) -> web.Response:
    return refuse(400, "invalid_grant", description)


routes = [web.post("/oauth/token", token)]
