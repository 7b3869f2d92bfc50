"""The door while the server ends: whoever comes now is told to come back, or to go elsewhere."""

from dataclasses import replace

from starlette.types import ASGIApp, Receive, Scope, Send

from codex2api.api.errors import send_error
from codex2api.api.exchange import exchange_of
from codex2api.api.front import Front
from codex2api.api.health import OPEN_PATHS
from codex2api.errors import ApiError, Kind

_COME_BACK = 5.0
"""Seconds: about what a restart takes. A load balancer asks another instance at once."""


def closed(front: Front) -> Front:
    """The same door, guards, keys and log lines, behind which nothing but health is served."""
    return replace(
        front,
        hot={},
        cold=_only_health(front.cold),
        sockets=dict.fromkeys(front.sockets, _refuse_socket),
        lists=frozenset(),
    )


def shutting_down() -> ApiError:
    """What a request is told that comes too late."""
    return ApiError(
        Kind.SHUTTING_DOWN,
        "This server is about to stop and takes no new requests; try again in a moment.",
        retry_after=_COME_BACK,
    )


def _only_health(cold: ASGIApp) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        # A server may be told to end before it has begun: its lifespan still comes through here.
        if scope["type"] == "lifespan" or scope["path"] in OPEN_PATHS:
            await cold(scope, receive, send)
            return
        exchange = exchange_of(scope)
        exchange.error = Kind.SHUTTING_DOWN.value
        # Another connection may lead to another instance; this one never will.
        await send_error(send, exchange, shutting_down(), [(b"connection", b"close")])

    return answer


async def _refuse_socket(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise shutting_down()
