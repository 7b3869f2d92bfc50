"""Sockets, the HTTP server that runs on them, and how it ends.

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
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from codex2api.cli.bounded_head import BoundedHeadProtocol
from codex2api.cli.patient_socket import PatientSocket
from codex2api.cli.terminal import Exit, fail
from codex2api.settings.schema import ServerSettings

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
    for family, _, _, _, address in dict.fromkeys(found):
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
        sockets.append(listener)
    return sockets


def listen(settings: ServerSettings) -> list[socket.socket]:
    """The listening sockets; where there can be none, the command ends."""
    host, port = settings.host.strip("[]"), settings.port
    try:
        return bind(host, port)
    except (OSError, UnicodeError) as error:
        fail(_cannot_listen(host, port, error))


async def serve(
    app: Any, settings: ServerSettings, sockets: Sequence[socket.socket], announce: Announce
) -> int:
    """Serve in this process until a signal; gives the exit code.

    Args:
        app: The ASGI application.
        settings: Of the server.
        sockets: Listening already.
        announce: Called once callers are answered and signals are heeded.
    """
    server = _Server(config_of(app, settings), announce)
    try:
        await server.serve(sockets=list(sockets))
    except SystemExit:  # uvicorn's way to say that the application did not start
        fail("The server could not start; its log says why.")
    return server.exit_code


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run ``serve``, on the fast event loop where there is one."""
    loop_factory = uvicorn.Config("", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(work)


def run_workers(
    factory: str, settings: ServerSettings, sockets: Sequence[socket.socket], announce: Announce
) -> int:
    """The same in several processes, each with the application that ``factory`` makes."""
    supervisor = _Supervisor(config_of(factory, settings, factory=True), list(sockets))
    announce()  # signals are heeded; callers wait in the sockets until a worker is there
    supervisor.run()
    return supervisor.exit_code


def config_of(app: Any, settings: ServerSettings, **more: Any) -> uvicorn.Config:
    """How uvicorn serves an application; ``more`` are further arguments of its own."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        http=BoundedHeadProtocol,
        ws=PatientSocket,
        ws_max_size=settings.max_frame_bytes,
        # Deltas are too small to be worth it, and nobody can send what swells up here.
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=round(settings.drain_seconds),
        **more,
    )


class _Server(uvicorn.Server):
    """Ends with an exit code of its own, where uvicorn would raise the signal once more."""

    def __init__(self, config: uvicorn.Config, announce: Announce) -> None:
        super().__init__(config)
        self.exit_code: int = Exit.OK
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {
            wish: signal.signal(wish, self.handle_exit) for wish in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for wish, handler in before.items():
                signal.signal(wish, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 (uvicorn's)
        self.force_exit = self.should_exit
        self.should_exit = True
        self.exit_code = _code_of(sig)


class _Supervisor(Multiprocess):
    """Workers that a second signal ends at once."""

    exit_code: int = Exit.OK

    def handle_int(self) -> None:
        self.exit_code = Exit.INTERRUPTED
        super().handle_int()

    def join_all(self) -> None:
        for worker in self.processes:
            while worker.process.is_alive():
                worker.process.join(0.2)
                if self.signal_queue:
                    worker.process.kill()


def _code_of(sig: int) -> int:
    return Exit.INTERRUPTED if sig == signal.SIGINT else Exit.OK


def _cannot_listen(host: str, port: int, error: OSError | UnicodeError) -> str:
    number = getattr(error, "errno", 0) or 0  # negative when the name was not found
    if number == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use already; choose another one with --port."
    reason = os.strerror(number) if number > 0 else "it is no address of this machine"
    return f"{host}:{port} cannot be listened on: {reason.lower()}."
