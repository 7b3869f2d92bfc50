"""``serve --workers N``: a supervisor that owns the port and starts, restarts and ends workers.

It serves nothing itself, so that nothing a caller sends can bring it down.
"""

import multiprocessing
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import structlog

from codex2api.api.desk import Desk
from codex2api.cli.server.hangup import hangup_ends
from codex2api.cli.server.listening import bind
from codex2api.cli.server.restarts import Restarts
from codex2api.cli.server.watching import Reading, Source
from codex2api.cli.server.worker import READY, Order, Place, work
from codex2api.cli.terminal import Exit, say
from codex2api.metrics import scoreboard
from codex2api.settings import SettingsError
from codex2api.texts.shell import _

_PATIENCE = 15.0
"""Seconds beyond the time to drain, after which a worker is taken for hung and killed."""

_log = structlog.get_logger("codex2api.server")

METHOD = "fork" if sys.platform == "linux" else "spawn"
"""Forked workers share the pages of what is imported already. Elsewhere (macOS) the system's own
libraries do not survive a fork."""


@contextmanager
def _board() -> Iterator[Path | None]:
    """A folder in which workers show each other what they have counted, if there can be one."""
    try:
        folder = TemporaryDirectory(prefix="codex2api-", ignore_cleanup_errors=True)
    except OSError as error:
        _log.warning("metrics.of_one_worker_only", reason=error.strerror)
        yield None
        return
    with folder as name:
        yield Path(name)


@dataclass(slots=True)
class _Worker:
    number: int
    process: BaseProcess
    orders: Connection
    started: float = field(default_factory=time.monotonic)
    is_ready: bool = False


class Supervisor:
    """The workers, and what becomes of them.

    Args:
        reading: The settings.
        source: Where they are from.
        sockets: Listening; the supervisor's to close.
        announce: Called once the first worker serves.
        restarts: When to start one again.
        method: How a process is started: ``fork`` or ``spawn``.
    """

    def __init__(
        self,
        reading: Reading,
        source: Source,
        sockets: Sequence[socket.socket],
        announce: Callable[[], None],
        restarts: Restarts | None = None,
        method: str = METHOD,
    ) -> None:
        self._processes: Any = multiprocessing.get_context(method)  # typeshed's own lacks Process
        self._reading = reading
        self._source = source
        self._sockets = list(sockets)
        self._desk = bind("127.0.0.1", 0)
        self._secret = secrets.token_bytes(32)
        self._board: Path | None = None
        self._announce = announce
        self._restarts = restarts or Restarts()
        self._workers: dict[int, _Worker] = {}
        self._due: dict[int, float] = {}
        self._signals: list[int] = []
        self._hangup_ends = hangup_ends()
        self._asked_to_stop = 0
        self._kill_at: float | None = None
        self._exit_code: int = Exit.OK

    def run(self) -> int:
        """Supervise until all workers have ended for good; gives the exit code."""
        with self._heeding_signals() as awakened, _board() as self._board:
            for number in range(self._reading.settings.server.workers):
                self._start(number)
            while self._workers or (self._due and not self._asked_to_stop):
                self._wait(awakened)
                for number in self._taken_signals():
                    self._heed(number)
                self._look_after_workers()
        return self._exit_code

    # -- signals ---------------------------------------------------------------------------------

    @contextmanager
    def _heeding_signals(self) -> Iterator[socket.socket]:
        """Note signals; the socket becomes readable with each, so that no wait outlasts one."""
        awakened, waker = socket.socketpair()
        awakened.setblocking(False)
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda number, _: self._signals.append(number))
        try:
            yield awakened
        finally:
            signal.set_wakeup_fd(-1)
            awakened.close()
            waker.close()

    def _taken_signals(self) -> list[int]:
        taken, self._signals = self._signals, []
        return taken

    def _heed(self, number: int) -> None:
        if number not in (signal.SIGINT, signal.SIGTERM) and not self._hangup_ends:
            self._tell(Order.LOOK)
            return
        self._asked_to_stop += 1
        if self._asked_to_stop == 1:
            interrupted = number == signal.SIGINT
            code = Exit.INTERRUPTED if interrupted else Exit.OK
            self._stop(Order.LEAVE if interrupted else Order.DRAIN, code)
        elif self._asked_to_stop == 2:
            self._stop(Order.NOW, 128 + number)
        else:
            self._kill()

    def _stop(self, order: Order, exit_code: int) -> None:
        self._exit_code = exit_code
        for listener in (*self._sockets, *self._desk):
            listener.close()  # the workers hold it open for as long as they answer
        self._due.clear()
        self._kill_at = time.monotonic() + self._drain_seconds() + _PATIENCE
        self._tell(order)

    def _drain_seconds(self) -> float:
        with suppress(SettingsError):
            return self._source.read().settings.server.drain_seconds
        return self._reading.settings.server.drain_seconds

    def _tell(self, order: Order) -> None:
        for worker in self._workers.values():
            with suppress(OSError):  # it has just ended, and is missed in a moment
                worker.orders.send(order.value)

    def _kill(self) -> None:
        for worker in self._workers.values():
            worker.process.kill()

    # -- workers ---------------------------------------------------------------------------------

    def _start(self, number: int) -> None:
        ours, theirs = self._processes.Pipe()
        inherited = [worker.orders for worker in self._workers.values()] + [ours]
        place = self._place(number)
        strange = inherited if self._processes.get_start_method() == "fork" else []
        process = self._processes.Process(target=work, args=(place, theirs, strange))
        process.start()
        theirs.close()
        self._workers[number] = _Worker(number, process, ours)

    def _place(self, number: int) -> Place:
        """The first worker is the desk, which listens for the others on a port of its own."""
        if number == 0:
            sockets, desk = [*self._sockets, *self._desk], Desk(None, self._secret)
        else:
            host, port = self._desk[0].getsockname()[:2]
            sockets, desk = self._sockets, Desk((host, port), self._secret)
        board = scoreboard.Place(self._board, number) if self._board is not None else None
        return Place(number, self._reading, self._source, sockets, desk, board)

    def _wait(self, awakened: socket.socket) -> None:
        """Until something happens, or something is due."""
        moments = [*self._due.values(), *([self._kill_at] if self._kill_at else ())]
        patience = max(0.0, min(moments) - time.monotonic()) if moments else None
        sources: list[object] = [awakened]
        for worker in self._workers.values():
            sources += [worker.process.sentinel] + ([] if worker.is_ready else [worker.orders])
        wait(sources, patience)  # type: ignore[arg-type]  # a list of each kind, says typeshed
        with suppress(BlockingIOError):
            awakened.recv(4096)

    def _look_after_workers(self) -> None:
        for worker in list(self._workers.values()):
            self._hear(worker)
            if worker.process.exitcode is not None:
                self._bury(worker)
        now = time.monotonic()
        for number in [number for number, moment in self._due.items() if moment <= now]:
            del self._due[number]
            self._start(number)
        if self._kill_at is not None and self._kill_at <= now:
            self._kill_at = None
            _log.error("server.workers_hang", workers=len(self._workers))
            self._kill()

    def _hear(self, worker: _Worker) -> None:
        with suppress(EOFError, OSError):
            if not worker.is_ready and worker.orders.poll() and worker.orders.recv() == READY:
                worker.is_ready = True
                _log.info("worker.serves", worker=worker.number, pid=worker.process.pid)
                announce, self._announce = self._announce, lambda: None
                announce()

    def _bury(self, worker: _Worker) -> None:
        del self._workers[worker.number]
        worker.orders.close()
        code, pid = worker.process.exitcode, worker.process.pid
        worker.process.join()
        if self._asked_to_stop:
            _log.info("worker.ended", worker=worker.number, pid=pid, exit=code)
            return
        pause = self._restarts.after(worker.number, time.monotonic() - worker.started)
        _log.error("worker.died", worker=worker.number, pid=pid, exit=code, restart_in=pause)
        if pause is None:
            self._give_up()
        else:
            self._due[worker.number] = time.monotonic() + pause

    def _give_up(self) -> None:
        say(_("Error: A worker ended again and again soon after its start; the log says why."))
        self._asked_to_stop = 1
        self._stop(Order.LEAVE, Exit.FAILED)
