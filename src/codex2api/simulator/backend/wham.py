"""``/wham``: usage and the account's workspaces."""

from aiohttp import web

from codex2api.protocol.json import encode
from codex2api.simulator.backend.access import admit
from codex2api.simulator.state import STATE


async def usage(request: web.Request) -> web.Response:
    """The limit windows of the account."""
    access = admit(request)
    return _reply(request.app[STATE].limits_of(access.label).usage())


async def accounts_check(request: web.Request) -> web.Response:
    """The workspaces; Codex sends its turns to the origin named here."""
    access = admit(request)
    state = request.app[STATE]
    origin = state.options.workspace_origin or f"{request.scheme}://{request.host}"
    return _reply(
        {
            "accounts": [
                {
                    "id": access.account_id,
                    "name": f"Simulated workspace of {access.label}",
                    "structure": "personal",
                    "profile_picture_url": None,
                    "workspace_backend_origin": origin,
                    "account_routing_override": "NO_CONSTRAINT",
                }
            ],
            "account_ordering": [access.account_id],
            "default_account_id": access.account_id,
        }
    )


def _reply(value: object) -> web.Response:
    return web.Response(body=encode(value), content_type="application/json")


routes = [
    web.get("/backend-api/wham/usage", usage),
    web.get("/backend-api/wham/accounts/check", accounts_check),
]
