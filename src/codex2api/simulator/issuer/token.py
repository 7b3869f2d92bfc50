"""``POST /oauth/token``: code exchange, refresh, and the exchange for an API key."""

import base64
import hashlib
import secrets
import time
from typing import Any

from aiohttp import web

from codex2api.simulator.issuer.bodies import read_fields, refuse, reply
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
            return _exchange(state, fields)
        case grant if grant == API_KEY_GRANT and fields.get("subject_token"):
            return reply({"access_token": f"sk-simulated-{secrets.token_hex(12)}"})
        case _:
            return reply(
                {"error": "unsupported_grant_type", "error_description": "Unknown grant type."},
                400,
            )


def _exchange(state: SimulatorState, fields: dict[str, Any]) -> web.Response:
    code = state.codes.pop(str(fields.get("code", "")), None)
    if code is None or code.expires_at <= time.time():
        return _invalid("The authorization code is unknown, used or expired.")
    if fault := _mismatch(state, code, fields):
        return _invalid(fault)
    return reply(state.tokens.mint(state.account(code.label)))


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
