"""The listener that the browser comes back to, on port 1455 of the loopback."""

import asyncio
import errno
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import aiohttp
from aiohttp import web

from codex2api.auth.pages import render
from codex2api.errors import ApiError, Kind

PORTS = (1455, 1457)
"""The ports that are registered for the public client."""

_HOSTS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_TRIES = 10
_PAUSE = 0.2
_PATIENCE = 2.0
_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

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
        for port in ports:
            for attempt in range(_TRIES):
                if sockets := _bind_both(port):
                    return sockets
                if port and attempt == 0 and not await _ask_to_leave(port):
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
        app = web.Application(client_max_size=1024)
        app.router.add_get("/auth/callback", self._callback, allow_head=False)
        app.router.add_get("/success", self._success)
        app.router.add_get("/cancel", self._cancel, allow_head=False)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        for bound in sockets:
            await web.SockSite(runner, bound).start()
        self._runner = runner

    async def _callback(self, request: web.Request) -> web.Response:
        if not _is_ours(request):
            return _page("error", 421, "This address is not served here.")
        self._shown.clear()  # before the sign-in is over: its end closes the listener
        try:
            await self._complete(request.query_string)
        except ApiError as error:
            self._shown.set()
            return _page("error", int(error.status), error.message)
        # A redirect takes the code out of the address bar and the history's top entry.
        return web.Response(status=302, headers={"Location": "/success", **_SAFE})

    async def _success(self, _: web.Request) -> web.Response:
        self._shown.set()
        return _page("success", 200)

    async def _cancel(self, request: web.Request) -> web.Response:
        # Another sign-in program may ask; a web page may not.
        if not _is_ours(request) or request.headers.get("sec-fetch-site", "none") != "none":
            return _page("error", 403, "Only a program on this machine may cancel the sign-in.")
        self._cancelled()
        self._closing = asyncio.create_task(self._close_soon())
        return web.Response(text="Login cancelled", headers={**_SAFE, "Connection": "close"})

    async def _close_soon(self) -> None:
        await asyncio.sleep(0)
        await self.close()


_SAFE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def _page(name: str, status: int, message: str = "") -> web.Response:
    html, policy = render(name, message)
    headers = {**_SAFE, "Content-Security-Policy": policy}
    return web.Response(status=status, text=html, content_type="text/html", headers=headers)


def _is_ours(request: web.Request) -> bool:
    """Whether the request names this machine: a rebound name of a web page does not."""
    return request.host.rpartition(":")[0] in _NAMES or request.host in _NAMES


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


async def _ask_to_leave(port: int) -> bool:
    """Ask whoever listens to cancel its sign-in, as Codex does; whether it agreed."""
    limit = aiohttp.ClientTimeout(total=2.0)
    with suppress(aiohttp.ClientError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=limit) as http,
            http.get(f"http://127.0.0.1:{port}/cancel", allow_redirects=False) as response,
        ):
            return response.status == 200
    return False
