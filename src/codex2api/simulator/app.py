"""Wires the simulator: issuer at ``/``, backend at ``/backend-api``, admin at ``/simulator``."""

import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate

from aiohttp import web

from codex2api.simulator import admin
from codex2api.simulator.backend import (
    catalogue,
    compact,
    pictures,
    responses,
    transcribe,
    uploads,
    wham,
)
from codex2api.simulator.backend.bodies import MAX_BODY
from codex2api.simulator.backend.refusal import RefusalError
from codex2api.simulator.issuer import authorize, device, revoke, token
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.state import RECORDED, STATE, SimulatorState, fresh_state

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PARTS = (
    authorize,
    token,
    device,
    revoke,
    responses,
    compact,
    catalogue,
    pictures,
    transcribe,
    uploads,
    wham,
    admin,
)


def create_simulator(options: SimulatorOptions | None = None) -> web.Application:
    """The simulator as an application; its memory is under the key ``STATE``."""
    app = web.Application(middlewares=[_refuse, _record], client_max_size=MAX_BODY)
    app[STATE] = fresh_state(options or SimulatorOptions())
    for part in PARTS:
        app.add_routes(part.routes)
    app.router.add_route("*", "/{path:.*}", _unknown)
    if app[STATE].options.clock_skew:
        app.on_response_prepare.append(_misdate)
    return app


async def _misdate(request: web.Request, response: web.StreamResponse) -> None:
    """The time by a clock that goes wrong."""
    skew = request.app[STATE].options.clock_skew
    response.headers["Date"] = formatdate(time.time() + skew, usegmt=True)


@web.middleware
async def _refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except RefusalError as refusal:
        return refusal.response()
    except web.HTTPRequestEntityTooLarge:
        return RefusalError(413, {"detail": "Request body too large"}).response()
    except web.HTTPMethodNotAllowed:
        return RefusalError(405, {"detail": "Method Not Allowed"}).response()


@web.middleware
async def _record(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.path.startswith("/simulator/"):
        return await handler(request)
    state: SimulatorState = request.app[STATE]
    recorded = state.recorder.open(
        request.method, request.path, request.query_string, request.headers.items()
    )
    request[RECORDED] = recorded
    state.recorder.attach(recorded, await request.read())
    try:
        response = await handler(request)
    except RefusalError as refusal:
        recorded.status = refusal.status
        raise
    recorded.status = response.status
    recorded.completed = True
    return response


async def _unknown(_: web.Request) -> web.Response:
    raise RefusalError(404, {"detail": "Not Found"})
