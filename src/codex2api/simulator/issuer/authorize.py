"""``GET /oauth/authorize``: the sign-in page, which here agrees by itself unless told otherwise."""

import secrets
import time
from html import escape
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from codex2api.simulator.accounts import DEFAULT_LABEL
from codex2api.simulator.issuer.grants import PendingCode
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.state import STATE, SimulatorState

REGISTERED_PORTS = (1455, 1457)
LOOPBACK_NAMES = ("localhost", "127.0.0.1")


async def authorize(request: web.Request) -> web.Response:
    """Answer the address that a person's browser is sent to."""
    state = request.app[STATE]
    query = dict(request.query)
    if fault := _fault(query, state.options):
        return web.Response(status=400, text=f"Simulated sign-in: {fault}\n")
    match query.get("simulator_consent", state.consent):
        case "deny":
            return _back(state, query, error="access_denied", error_description=_DENIED)
        case "no_seat":
            return _back(state, query, error="access_denied", error_description=_NO_SEAT)
        case "page":
            return web.Response(text=_page(query), content_type="text/html")
        case _:
            return _back(state, query, code=issue_code(state, query))


def issue_code(state: SimulatorState, query: dict[str, str]) -> str:
    """A new one-time code for the request in ``query``."""
    code = f"ac_simulated_{secrets.token_urlsafe(16)}"
    state.codes[code] = PendingCode(
        label=query.get("simulator_account", state.signed_in_label or DEFAULT_LABEL),
        redirect_uri=query["redirect_uri"],
        challenge=query["code_challenge"],
        expires_at=time.time() + state.options.code_seconds,
    )
    return code


def _fault(query: dict[str, str], options: SimulatorOptions) -> str | None:
    expected = {
        "response_type": "code",
        "client_id": options.client_id,
        "code_challenge_method": "S256",
    }
    for name, value in expected.items():
        if query.get(name) != value:
            return f"{name} must be {value}."
    if len(query.get("code_challenge", "")) != 43:
        return "code_challenge must be the base64url SHA-256 of a verifier, without padding."
    if "openid" not in query.get("scope", "").split():
        return "scope must hold openid."
    if not query.get("state"):
        return "state is missing."
    return _redirect_fault(query.get("redirect_uri", ""), options.any_redirect_port)


def _redirect_fault(uri: str, any_port: bool) -> str | None:
    parts = urlsplit(uri)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK_NAMES:
        return "redirect_uri must be http://localhost or http://127.0.0.1."
    if parts.path != "/auth/callback":
        return "the path of redirect_uri must be /auth/callback."
    if not any_port and parts.port not in REGISTERED_PORTS:
        return "the port of redirect_uri must be 1455 or 1457."
    return None


def _back(state: SimulatorState, query: dict[str, str], **result: str) -> web.Response:
    arguments = urlencode(result | {"state": query["state"] + state.state_suffix})
    return web.Response(status=302, headers={"Location": f"{query['redirect_uri']}?{arguments}"})


_NO_SEAT = "missing_codex_entitlement: this simulated workspace has no seat."
_DENIED = "The simulated person said no."


def _page(query: dict[str, str]) -> str:
    def fields(answer: str) -> str:
        values = query | {"simulator_consent": answer}
        return "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in values.items()
        )

    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Simulated ChatGPT</title>"
        "<h1>Simulated ChatGPT</h1><p>This is not the real sign-in. Nothing leaves this machine."
        f"<form action=/oauth/authorize>{fields('auto')}<button id=allow>Continue</button></form>"
        f"<form action=/oauth/authorize>{fields('deny')}<button id=deny>Cancel</button></form>"
    )


routes = [web.get("/oauth/authorize", authorize)]
