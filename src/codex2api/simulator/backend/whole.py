"""Answers in one piece, and the faults that a marker asks for instead."""

import asyncio
import dataclasses

from aiohttp import web

from codex2api.simulator.scenarios.faults import FAULTS
from codex2api.simulator.scenarios.markers import read_marker
from codex2api.simulator.state import ADMITTED, STATE
from codex2api.simulator.wire import send_fault


async def send_whole(request: web.Request, text: str, body: bytes) -> web.StreamResponse:
    """Answer with JSON, unless the marker in ``text`` names a fault.

    ``first`` are milliseconds before the answer; a fault with ``times`` gives way after so many.
    """
    state = request.app[STATE]
    limits = state.limits_of(request[ADMITTED].label)
    marker = read_marker(text)
    delay = marker.number("first") / 1000
    if marker.name in FAULTS and not state.spent(marker, text):
        fault = FAULTS[marker.name](marker, limits)
        return await send_fault(request, dataclasses.replace(fault, delay=delay))
    state.streams.begin()
    finished = False
    try:
        await asyncio.sleep(delay)
        finished = True
    finally:
        state.streams.end(finished=finished)
    return web.Response(body=body, content_type="application/json", headers=limits.headers())
