"""``/simulator``: what tests and people steer the simulator with."""

from typing import Any

from aiohttp import web

from codex2api.protocol.json import decode, encode
from codex2api.simulator.accounts import DEFAULT_LABEL
from codex2api.simulator.state import STATE, SimulatorState


async def tokens(request: web.Request) -> web.Response:
    """Mint tokens: ``{"account": label, "seconds": life}``."""
    state = request.app[STATE]
    fields = await _fields(request)
    account = state.account(str(fields.get("account", DEFAULT_LABEL)))
    seconds = fields.get("seconds")
    minted = state.tokens.mint(account, None if seconds is None else int(seconds))
    return _reply(
        minted | {"account_id": account.account_id, "email": account.email, "plan": account.plan}
    )


async def requests(request: web.Request) -> web.Response:
    """The remembered requests; ``?path=`` and ``?method=`` choose."""
    state: SimulatorState = request.app[STATE]
    query = request.query
    found = state.recorder.requests(query.get("path", ""), query.get("method", ""))
    return _reply({"requests": [each.view() for each in found]})


async def _fields(request: web.Request) -> dict[str, Any]:
    data = await request.read()
    value = decode(data) if data else {}
    return value if isinstance(value, dict) else {}


def _reply(value: Any, status: int = 200) -> web.Response:
    return web.Response(body=encode(value), status=status, content_type="application/json")


routes = [web.post("/simulator/tokens", tokens), web.get("/simulator/requests", requests)]
