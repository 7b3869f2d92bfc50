"""Sockets, and the HTTP server that runs on them in this process.

SIGTERM and Ctrl-C let running answers finish; a second signal ends at once.
"""

import asyncio
import contextlib
import errno
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn

from codex2api.cli.server.draining import DrainingServer
from codex2api.cli.server.hangup import hangup_ends
from codex2api.cli.server.http.connection import Connection
from codex2api.cli.server.patient_socket import PatientSocket
from codex2api.cli.server.running import whose_port
from codex2api.cli.terminal import Exit, fail
from codex2api.settings.schema import ServerSettings
from codex2api.texts.shell import _
from codex2api.upstream.keepalive import probe

if TYPE_CHECKING:
    from codex2api.cli.server.prepared import Watched
    from codex2api.cli.server.watching import ConfigWatch
    from codex2api.settings import Settings

Announce = Callable[[], None]

_BACKLOG = 2048
_KEEP_ALIVE = 75
"""Seconds an idle connection stays open: longer than clients' pools keep theirs, so that the
client closes it, not we under its next request."""

_ABSENT = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""``localhost`` often names ::1 on machines that have no IPv6 at all."""


def bind(host: str, port: int) -> list[socket.socket]:
    """Listening sockets for every address of a host; port 0 takes one free port for all.

    Raises:
        OSError: An address cannot be listened on.
    """
    sockets: list[socket.socket] = []
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, *_kind, address in dict.fromkeys(found):
        chosen = sockets[0].getsockname()[1] if sockets else port
        try:
            listener = socket.create_server(
                (str(address[0]), chosen), family=family, backlog=_BACKLOG
            )
        except OSError as error:
            if sockets and error.errno in _ABSENT:
                continue
            for taken in sockets:
                taken.close()
            raise
        # Of a laptop that sleeps in the middle of its request nothing would ever come.
        probe(listener, after=60, every=15, times=4)
        sockets.append(listener)
    return sockets


def listen(settings: "Settings") -> list[socket.socket]:
    """The listening sockets; where there can be none, the command ends."""
    host, port = settings.server.host.strip("[]"), settings.server.port
    try:
        return bind(host, port)
    except (OSError, UnicodeError) as error:
        fail(_cannot_listen(settings, error), Exit.USAGE)


async def serve(watched: "Watched", sockets: Sequence[socket.socket], announce: Announce) -> int:
    """Serve in this process until a signal; gives the exit code.

    Args:
        watched: The application, and its config file.
        sockets: Listening already.
        announce: Called once callers are answered and signals are heeded.
    """
    app, watch = watched.app, watched.watch
    server = _Server(config_of(app, watch.settings.server), app, watch.drain_seconds, announce)
    server.reload = watch.look_soon
    return await attend(server, sockets, watch)


async def attend(
    server: DrainingServer, sockets: Sequence[socket.socket], watch: "ConfigWatch"
) -> int:
    """Serve, and look at the config file meanwhile; gives the exit code."""
    watching = asyncio.create_task(watch.run())
    try:
        await server.serve(sockets=list(sockets))
    except SystemExit:  # uvicorn's way to say that the application did not start
        fail(_("The server could not start; its log says why."))
    finally:
        watching.cancel()
    return server.exit_code


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run ``serve``, on the fast event loop where there is one."""
    loop_factory = uvicorn.Config("", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(work)


def config_of(app: Any, settings: ServerSettings, **more: Any) -> uvicorn.Config:
    """How uvicorn serves an application; ``more`` are further arguments of its own."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=Connection,
        ws=PatientSocket,
        ws_max_size=settings.max_frame_bytes,
        # Deltas are too small to be worth it, and nobody can send what swells up here.
        ws_per_message_deflate=False,
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        **more,
    )


class _Server(DrainingServer):
    """Heeds the signals of a process of its own."""

    reload: Callable[[], None] = staticmethod(lambda: None)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        self._hangup_ends = hangup_ends()
        heeded = [signal.SIGINT, signal.SIGTERM]
        if hasattr(signal, "SIGHUP"):
            heeded.append(signal.SIGHUP)
        before = {number: signal.signal(number, self.handle_exit) for number in heeded}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 (uvicorn's)
        if sig not in (signal.SIGINT, signal.SIGTERM) and not self._hangup_ends:
            self.reload()
        elif self.should_exit:
            signal.signal(sig, signal.SIG_DFL)  # a third one asks nobody
            self.stop_now(128 + sig)
        else:
            code = Exit.INTERRUPTED if sig == signal.SIGINT else Exit.OK
            self.stop(code, heed_balancer=sig == signal.SIGTERM)


def _cannot_listen(settings: "Settings", error: OSError | UnicodeError) -> str:
    host, port = settings.server.host.strip("[]"), settings.server.port
    number = getattr(error, "errno", 0) or 0  # negative when the name was not found
    if number == errno.EADDRINUSE:
        return _(
            "Port {port} of {host} is in use already{who}; choose another one with --port."
        ).format(port=port, host=host, who=whose_port(settings))
    if number == errno.EACCES:
        return _(
            "Port {port} of {host} is for administrators only; choose one above 1023 with --port."
        ).format(port=port, host=host)
    reason = os.strerror(number) if number > 0 else _("it is no address of this machine")
    return _("{host}:{port} cannot be listened on: {reason}.").format(
        host=host, port=port, reason=reason.lower()
    )
