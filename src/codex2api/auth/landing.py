"""The pages that the browser comes back to."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import aiohttp
from aiohttp import web

from codex2api.auth.pages import render
from codex2api.errors import ApiError

_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_SAFE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Landing:
    """``/auth/callback``, ``/success`` and ``/cancel``.

    Args:
        complete: Called with the query that the browser brought; raises ``ApiError`` when the
            sign-in failed.
        leave: Called when another program asks for the port.
        shown: Cleared while a browser has been promised the success page.
    """

    def __init__(
        self,
        complete: Callable[[str], Awaitable[None]],
        leave: Callable[[], None],
        shown: asyncio.Event,
    ) -> None:
        self._complete = complete
        self._leave = leave
        self._shown = shown

    async def serve(self, sockets: Sequence[socket.socket]) -> web.AppRunner:
        """Serve there until the runner is cleaned up."""
        app = web.Application(client_max_size=1024)
        app.router.add_get("/auth/callback", self._callback, allow_head=False)
        app.router.add_get("/success", self._success)
        app.router.add_get("/cancel", self._cancel, allow_head=False)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        for bound in sockets:
            await web.SockSite(runner, bound).start()
        return runner

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
        self._leave()
        return web.Response(text="Login cancelled", headers={**_SAFE, "Connection": "close"})


async def ask_to_leave(port: int) -> bool:
    """Ask whoever listens to cancel its sign-in, as Codex does; whether it agreed."""
    limit = aiohttp.ClientTimeout(total=2.0)
    with suppress(aiohttp.ClientError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=limit) as http,
            http.get(f"http://127.0.0.1:{port}/cancel", allow_redirects=False) as response,
        ):
            return response.status == 200
    return False


def _page(name: str, status: int, message: str = "") -> web.Response:
    html, policy = render(name, message)
    headers = {**_SAFE, "Content-Security-Policy": policy}
    return web.Response(status=status, text=html, content_type="text/html", headers=headers)


def _is_ours(request: web.Request) -> bool:
    """Whether the request names this machine: a rebound name of a web page does not."""
    return request.host.rpartition(":")[0] in _NAMES or request.host in _NAMES
