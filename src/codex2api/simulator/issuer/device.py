"""Device-code sign-in: the code, the page where a person enters it, and the polling."""

import secrets
import time
from html import escape

from aiohttp import web

from codex2api.simulator.accounts import DEFAULT_LABEL
from codex2api.simulator.issuer.bodies import read_fields, refuse, reply
from codex2api.simulator.issuer.grants import DeviceGrant, PendingCode
from codex2api.simulator.issuer.token import challenge_of
from codex2api.simulator.state import STATE, SimulatorState


async def usercode(request: web.Request) -> web.Response:
    """Hand out a device code; the interval is a string, as the real one is."""
    state = request.app[STATE]
    if not state.options.device_login:
        return reply({"detail": "Not Found"}, 404)
    fields = await read_fields(request)
    if fields.get("client_id") != state.options.client_id:
        return refuse(400, "invalid_client", "The client is unknown.")
    device_auth_id = f"deviceauth_simulated_{secrets.token_hex(8)}"
    user_code = f"{secrets.token_hex(2)}-{secrets.token_hex(2)}".upper()
    label = state.signed_in_label or DEFAULT_LABEL
    state.devices[device_auth_id] = DeviceGrant(user_code, label)
    return reply(
        {
            "device_auth_id": device_auth_id,
            "user_code": user_code,
            "interval": str(state.options.device_interval),
        }
    )


async def poll(request: web.Request) -> web.Response:
    """Tell a device how its code stands; 403 and 404 both mean pending and take turns."""
    state = request.app[STATE]
    fields = await read_fields(request)
    grant = state.devices.get(str(fields.get("device_auth_id", "")))
    if grant is None or grant.user_code != fields.get("user_code"):
        return refuse(400, "invalid_request", "The device code is unknown.")
    grant.polls += 1
    if grant.state == "pending" and grant.polls == (state.options.device_polls or -1):
        grant.state = "approved"
    match grant.state:
        case "approved":
            return _approved(request, state, str(fields["device_auth_id"]))
        case "denied":
            return refuse(400, "access_denied", "The simulated person said no.")
        case _:
            return reply({"detail": "pending"}, 403 if grant.polls % 2 else 404)


def _approved(request: web.Request, state: SimulatorState, device_auth_id: str) -> web.Response:
    grant = state.devices.pop(device_auth_id)
    verifier = secrets.token_urlsafe(48)
    code = f"ac_simulated_{secrets.token_urlsafe(16)}"
    state.codes[code] = PendingCode(
        label=grant.label,
        redirect_uri=f"{request.scheme}://{request.host}/deviceauth/callback",
        challenge=challenge_of(verifier),
        expires_at=time.time() + state.options.code_seconds,
    )
    return reply(
        {
            "authorization_code": code,
            "code_challenge": challenge_of(verifier),
            "code_verifier": verifier,
        }
    )


def decide(state: SimulatorState, user_code: str, decision: str) -> bool:
    """Set the state of a code to ``approved`` or ``denied``; whether there was such a code."""
    wanted = user_code.strip().upper()
    for grant in state.devices.values():
        if grant.user_code == wanted:
            grant.state = decision
            return True
    return False


async def device_page(request: web.Request) -> web.Response:
    """The page that a person opens to enter the code."""
    code = escape(request.query.get("user_code", ""))
    return _page(
        "<form method=post><p>Code: "
        f'<input name="user_code" value="{code}" autofocus></p>'
        '<button name="decision" value="approved">Continue</button> '
        '<button name="decision" value="denied">Cancel</button></form>'
    )


async def device_form(request: web.Request) -> web.Response:
    """The entered code."""
    fields = await read_fields(request)
    decision = "denied" if fields.get("decision") == "denied" else "approved"
    if not decide(request.app[STATE], str(fields.get("user_code", "")), decision):
        return _page("<p>There is no such code.", 404)
    return _page(f"<p>The code is {decision}. You may close this page.")


def _page(content: str, status: int = 200) -> web.Response:
    head = "<!doctype html><html lang=en><meta charset=utf-8><title>Simulated ChatGPT</title>"
    title = "<h1>Simulated ChatGPT: sign in on a device</h1>"
    return web.Response(text=head + title + content, status=status, content_type="text/html")


routes = [
    web.post("/api/accounts/deviceauth/usercode", usercode),
    web.post("/api/accounts/deviceauth/token", poll),
    web.get("/codex/device", device_page),
    web.post("/codex/device", device_form),
]
