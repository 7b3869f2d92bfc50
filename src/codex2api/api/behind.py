"""What stands behind the door and is seldom asked: it is made when somebody asks for it.

FastAPI, its models and some hundred routes are a quarter of what a server would load at its start,
and one that only answers models never needs them (docs/adr/0025).
"""

import asyncio
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from contextvars import Context

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from codex2api.errors import ApiError, Kind

_CHANGED = "The installation of codex2api was changed while this server ran; restart the server."

log = structlog.get_logger("codex2api.server")


class Behind:
    """The application for all that is not hot.

    Args:
        load: Imports what it is made of, in a thread, because streams flow meanwhile, and gives
            what makes it. That is short, and happens in the event loop: FastAPI changes how the
            whole process warns while it looks at a route, which no two threads may do at once.
        lifespan: Opens and closes what the whole server needs.
    """

    def __init__(
        self,
        load: Callable[[], Callable[[], ASGIApp]],
        lifespan: Callable[[], AbstractAsyncContextManager[None]],
    ) -> None:
        self.load = load
        self._lifespan = lifespan
        self._made: ASGIApp | None = None
        self._making: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection scope."""
        if scope["type"] == "lifespan":
            await _live(self._lifespan(), receive, send)
            return
        made = self._made or await self._wait()
        await made(scope, receive, send)

    async def _wait(self) -> ASGIApp:
        """The application, made by whoever asks first; should that one leave, others wait on."""
        if self._making is None or self._making.done():  # done is failed; the next may succeed
            self._making = asyncio.create_task(self._build(), context=Context())
        return await asyncio.shield(self._making)

    async def _build(self) -> ASGIApp:
        try:
            make = await asyncio.to_thread(self.load)
        except ImportError:
            log.exception("cold.import_failed")
            raise ApiError(Kind.INTERNAL, _CHANGED) from None
        self._made = make()
        return self._made


async def _live(lifespan: AbstractAsyncContextManager[None], receive: Receive, send: Send) -> None:
    """ASGI's lifespan (its specification, version 2.0): from the first request to the last."""
    moment = "startup"
    await receive()
    try:
        async with lifespan:
            await send({"type": "lifespan.startup.complete"})
            moment = "shutdown"
            await receive()
    except BaseException:
        await send({"type": f"lifespan.{moment}.failed", "message": traceback.format_exc()})
        raise
    await send({"type": "lifespan.shutdown.complete"})
