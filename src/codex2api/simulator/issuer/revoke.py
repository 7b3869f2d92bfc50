"""``POST /oauth/revoke``: takes a token back and remembers having been asked."""

from aiohttp import web

from codex2api.simulator.issuer.bodies import read_fields
from codex2api.simulator.state import STATE


async def revoke(request: web.Request) -> web.Response:
    """Revoke in silence, whether or not the token is known."""
    state = request.app[STATE]
    fields = await read_fields(request)
    state.revoked.append(fields)
    state.tokens.revoke(str(fields.get("token", "")))
    return web.Response(status=200)


routes = [web.post("/oauth/revoke", revoke)]
