"""One of several worker processes: it serves, and does what the supervisor says.

Orders come through a pipe and not as signals: whoever ends a whole group of processes (Ctrl-C in
a terminal does) would count as a second signal here, and cut every answer short. When the
supervisor itself is gone, the pipe ends, and the worker drains: it never outlives its port.
"""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from multiprocessing.connection import Connection
from threading import Thread

import structlog

from codex2api.api.desk import Desk
from codex2api.cli.server.draining import DrainingServer
from codex2api.cli.server.listening import attend, config_of, run
from codex2api.cli.server.prepared import Watched, application
from codex2api.cli.server.watching import Reading, Source
from codex2api.cli.terminal import Exit
from codex2api.metrics import scoreboard as metrics

READY = "ready"
"""What a worker says once it serves."""


class Order(StrEnum):
    """What a supervisor says.

    Attributes:
        DRAIN: End once what is under way has ended.
        LEAVE: The same, whether or not a load balancer has noticed.
        NOW: End at once.
        LOOK: Read the config file.
    """

    DRAIN = "drain"
    LEAVE = "leave"
    NOW = "now"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker is started with.

    Attributes:
        number: From 0 on; a worker that takes another's place takes its number, too.
        reading: The settings as the supervisor read them.
        source: Where they come from.
        sockets: Listening already; shared by all, but for the desk's.
        desk: Where the sign-in is.
        board: Where it shows the others what it has counted; ``None`` if there is no such place.
    """

    number: int
    reading: Reading
    source: Source
    sockets: Sequence[socket.socket]
    desk: Desk
    board: metrics.Place | None


def work(place: Place, orders: Connection, strange: Sequence[Connection]) -> None:
    """The whole life of a worker process.

    Args:
        place: What it is started with.
        orders: Its end of the pipe.
        strange: The supervisor's ends of all pipes, as far as they were inherited: while somebody
            holds them, nobody notices that the supervisor is gone.
    """
    for connection in strange:
        connection.close()
    signal.set_wakeup_fd(-1)
    structlog.contextvars.bind_contextvars(worker=place.number)
    watched = application(
        place.reading,
        place.source,
        announce=place.number == 0,
        desk=place.desk,
        board=place.board,
    )
    sys.exit(run(_serve(place, watched, orders)))


async def _serve(place: Place, watched: Watched, orders: Connection) -> int:
    app, watch = watched.app, watched.watch

    def announce() -> None:
        with contextlib.suppress(OSError):  # the supervisor is gone; the orders end, too
            orders.send(READY)

    server = _Worker(config_of(app, watch.settings.server), app, watch.drain_seconds, announce)
    meanings = {
        Order.DRAIN: server.stop,
        Order.LEAVE: lambda: server.stop(heed_balancer=False),
        Order.NOW: lambda: server.stop_now(Exit.OK),
        Order.LOOK: watch.look_soon,
    }
    heed = (orders, asyncio.get_running_loop(), meanings)
    Thread(target=_heed, args=heed, name="orders", daemon=True).start()
    return await attend(server, place.sockets, watch)


def _heed(
    orders: Connection,
    loop: asyncio.AbstractEventLoop,
    meanings: dict[Order, Callable[[], None]],
) -> None:
    """Wait for orders, in a thread: no event loop of Python's waits for pipes on every system."""
    with contextlib.suppress(RuntimeError):  # the loop has ended, and the process with it
        while True:
            try:
                order = Order(orders.recv())
            except (EOFError, OSError):
                loop.call_soon_threadsafe(meanings[Order.DRAIN])
                return
            loop.call_soon_threadsafe(meanings[order])


class _Worker(DrainingServer):
    """Leaves the signals that a whole group gets to the supervisor."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        yield
