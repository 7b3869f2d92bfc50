"""The listener that the browser comes back to, on port 1455 of the loopback."""

import asyncio
import errno
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from codex2api.errors import ApiError, Kind

if TYPE_CHECKING:
    from aiohttp import web

PORTS = (1455, 1457)
"""The ports that are registered for the public client."""

_HOSTS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_TRIES = 10
_PAUSE = 0.2
_PATIENCE = 2.0

Complete = Callable[[str], Awaitable[None]]
"""Takes the returned query; raises ``ApiError`` when the sign-in failed."""


class CallbackListener:
    """Serves ``/auth/callback``, ``/success`` and ``/cancel`` on 127.0.0.1 and ::1.

    Both, because browsers resolve ``localhost`` to either.

    Args:
        complete: Called with the query that the browser brought.
        cancelled: Called when another program asks for the port.
        ports: To try, in this order; 0 is any free one.
    """

    def __init__(
        self,
        complete: Complete,
        cancelled: Callable[[], None],
        *,
        ports: Sequence[int] = PORTS,
    ) -> None:
        self._complete = complete
        self._cancelled = cancelled
        self._ports = ports
        self._runner: web.AppRunner | None = None
        self._closing: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._port: int | None = None
        self._shown = asyncio.Event()
        self._shown.set()

    async def open(self, *, anywhere: bool = False) -> int:
        """Listen, if it does not yet; gives the port.

        Args:
            anywhere: Take any free port if the usual ones are taken.

        Raises:
            ApiError: If every port is taken.
        """
        # A library that only this needs: its import takes a tenth of a second.
        await asyncio.to_thread(import_module, "codex2api.auth.landing")
        async with self._turn:
            if self._port is None:
                sockets = await self._bind((*self._ports, 0) if anywhere else self._ports)
                await self._serve(sockets)
                self._port = sockets[0].getsockname()[1]
            return self._port

    async def close(self, only_if: Callable[[], bool] = lambda: True) -> None:
        """Stop listening, once a browser that was promised the success page has got it.

        Args:
            only_if: Asked at the last moment.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                await self._shown.wait()
        async with self._turn:
            if not only_if():
                return
            runner, self._runner, self._port = self._runner, None, None
            if runner is not None:
                await runner.cleanup()

    async def _bind(self, ports: Sequence[int]) -> list[socket.socket]:
        from codex2api.auth.landing import ask_to_leave  # noqa: PLC0415 (see open)

        for port in ports:
            for attempt in range(_TRIES):
                if sockets := _bind_both(port):
                    return sockets
                if port and attempt == 0 and not await ask_to_leave(port):
                    break  # a stranger's: waiting would not help
                await asyncio.sleep(_PAUSE)
        raise ApiError(
            Kind.UPSTREAM_UNAVAILABLE,
            f"The sign-in needs port {' or '.join(map(str, self._ports))} on this machine, and "
            "another program uses it. Close that program, or paste the address by hand "
            "(`codex2api login --paste`).",
            code="port_in_use",
        )

    async def _serve(self, sockets: Sequence[socket.socket]) -> None:
        from codex2api.auth.landing import Landing  # noqa: PLC0415 (see open)

        landing = Landing(self._complete, self._leave, self._shown)
        self._runner = await landing.serve(sockets)

    def _leave(self) -> None:
        self._cancelled()
        self._closing = asyncio.create_task(self._close_soon())

    async def _close_soon(self) -> None:
        await asyncio.sleep(0)
        await self.close()


def _bind_both(port: int) -> list[socket.socket]:
    """Sockets on both loopback addresses; empty, if the port is taken on either."""
    sockets: list[socket.socket] = []
    try:
        for family, host in _HOSTS:
            bound = _bind_one(family, host, port)
            if bound is not None:
                sockets.append(bound)
                port = bound.getsockname()[1]
    except OSError as error:
        for bound in sockets:
            bound.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return []
        raise
    return sockets


def _bind_one(family: socket.AddressFamily, host: str, port: int) -> socket.socket | None:
    try:
        bound = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return None  # this machine speaks no IPv6
    try:
        if os.name == "posix":  # elsewhere it would let two listen on one port
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind((host, port))
        bound.listen()
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRNOTAVAIL:
            return None
        raise
    return bound
