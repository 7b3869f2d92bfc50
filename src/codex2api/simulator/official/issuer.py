"""Discovery, keys, registration with consent, tokens and revocation of the official sign-in."""

import asyncio
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from codex2api.simulator.accounts import DEFAULT_LABEL
from codex2api.simulator.issuer.bodies import read_fields, refuse, reply
from codex2api.simulator.issuer.faults import fail_after, fail_before
from codex2api.simulator.issuer.token import challenge_of
from codex2api.simulator.issuer.tokens import TokenError
from codex2api.simulator.official.book import PLAN_SCOPE, RESOURCE, OfficialCode
from codex2api.simulator.state import STATE, SimulatorState

FIRST_CLIENT = "dynamic_agent_client"

_EXPECTED = {"response_type": "code", "code_challenge_method": "S256", "resource": RESOURCE}


async def discovery(request: web.Request) -> web.Response:
    """Where everything is."""
    origin = _origin(request)
    document: dict[str, Any] = {
        "issuer": origin,
        "authorization_endpoint": f"{origin}/api/accounts/authorize",
        "token_endpoint": f"{origin}/api/accounts/oauth/token",
        "jwks_uri": f"{origin}/.well-known/jwks.json",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    if request.app[STATE].official.switches.revocation:
        document["revocation_endpoint"] = f"{origin}/api/accounts/oauth/revoke"
    return reply(document)


async def keys(request: web.Request) -> web.Response:
    """The public keys."""
    return reply(request.app[STATE].official.keys.published())


async def authorize(request: web.Request) -> web.Response:
    """The page on which a person names the app and allows it to use the plan, or does not."""
    state, query = request.app[STATE], dict(request.query)
    if fault := _fault(state, query):
        return web.Response(status=400, text=f"Simulated official sign-in: {fault}\n")
    answer: dict[str, str] = {"state": query["state"] + state.state_suffix}
    if query.get("simulator_consent", state.consent) in ("deny", "no_seat"):
        return _back(query, answer | {"error": "access_denied"})
    label = query.get("simulator_account", state.signed_in_label or DEFAULT_LABEL)
    client_id = query["client_id"]
    if client_id == FIRST_CLIENT:
        client_id = answer["client_id"] = state.official.register(label)
    code = f"oc_simulated_{len(state.official.codes)}_{client_id[-8:]}"
    state.official.codes[code] = OfficialCode(
        client_id, label, query["redirect_uri"], query["code_challenge"], query["nonce"]
    )
    return _back(query, answer | {"code": code})


async def token(request: web.Request) -> web.StreamResponse:
    """Exchange a code, or refresh; forms only, and never for the client that registers others."""
    state = request.app[STATE]
    fields = await read_fields(request)
    if request.content_type != "application/x-www-form-urlencoded":
        return _oauth_error("invalid_request")
    client_id = str(fields.get("client_id", ""))
    if state.official.switches.lost or client_id not in state.official.clients:
        return _oauth_error("invalid_client", 401)
    if fields.get("resource") != RESOURCE:
        return _oauth_error("invalid_target")
    if fields.get("grant_type") == "refresh_token":
        return await _refresh(request, state, fields, client_id)
    return _exchange(request, state, fields, client_id)


async def revoke(request: web.Request) -> web.Response:
    """Revoke in silence, whether or not the token is known."""
    book = request.app[STATE].official
    fields = await read_fields(request)
    book.revoked.append(fields)
    book.revoke(str(fields.get("token", "")))
    return web.Response(status=200)


def _exchange(
    request: web.Request, state: SimulatorState, fields: dict[str, Any], client_id: str
) -> web.StreamResponse:
    code = state.official.codes.pop(str(fields.get("code", "")), None)
    if (
        code is None
        or code.client_id != client_id
        or code.redirect_uri != fields.get("redirect_uri")
        or code.challenge != challenge_of(str(fields.get("code_verifier", "")))
    ):
        return _oauth_error("invalid_grant")
    account = state.account(code.label)
    return reply(state.official.mint(account, client_id, _origin(request), code.nonce))


async def _refresh(
    request: web.Request, state: SimulatorState, fields: dict[str, Any], client_id: str
) -> web.StreamResponse:
    book = state.official
    book.refreshes.begin()
    try:
        await asyncio.sleep(book.switches.refresh.delay)
        mode = book.switches.refresh.take()
        if early := await fail_before(request, mode):
            return early
        try:
            label = book.spend(str(fields.get("refresh_token", "")), client_id)
        except TokenError as refused:
            return _oauth_error(str(refused))
        answer = book.mint(state.account(label), client_id, _origin(request))
        if late := await fail_after(request, mode, answer):
            return late
        book.refreshes.succeeded += 1
        return reply(answer)
    finally:
        book.refreshes.end()


def _fault(state: SimulatorState, query: dict[str, str]) -> str | None:
    for name in ("state", "nonce", "ext_agent_host_id"):
        if not query.get(name):
            return f"{name} is missing."
    for name, value in _EXPECTED.items():
        if query.get(name) != value:
            return f"{name} must be {value}."
    wishes = {
        "code_challenge must be an S256 one.": len(query.get("code_challenge", "")) == 43,
        f"scope must hold {PLAN_SCOPE}.": PLAN_SCOPE in query.get("scope", "").split(),
        "redirect_uri must be http://127.0.0.1:PORT/auth/callback.": _is_loopback(query),
        "the client is unknown, or has no agent_name_hint.": _is_client(state, query),
    }
    return next((fault for fault, is_met in wishes.items() if not is_met), None)


def _is_client(state: SimulatorState, query: dict[str, str]) -> bool:
    client_id = query.get("client_id", "")
    if client_id == FIRST_CLIENT:
        return bool(query.get("agent_name_hint"))
    return client_id in state.official.clients and not state.official.switches.lost


def _is_loopback(query: dict[str, str]) -> bool:
    parts = urlsplit(query.get("redirect_uri", ""))
    return (parts.scheme, parts.hostname, parts.path) == ("http", "127.0.0.1", "/auth/callback")


def _back(query: dict[str, str], answer: dict[str, str]) -> web.Response:
    location = f"{query['redirect_uri']}?{urlencode(answer)}"
    return web.Response(status=302, headers={"Location": location})


def _oauth_error(code: str, status: int = 400) -> web.Response:
    """Both forms have been seen: a word alone, and an object."""
    if code.startswith("refresh_token"):
        return refuse(status, code, "Simulated.")
    return reply({"error": code, "error_description": "Simulated."}, status)


def _origin(request: web.Request) -> str:
    return str(request.url.origin())


routes = [
    web.get("/.well-known/openid-configuration", discovery),
    web.get("/.well-known/jwks.json", keys),
    web.get("/api/accounts/authorize", authorize),
    web.post("/api/accounts/oauth/token", token),
    web.post("/api/accounts/oauth/revoke", revoke),
]
