"""How the HTTP server ends: it takes nothing new, finishes what runs, and says what it cut short.

docs/adr/0023 has the steps and the reasons for their times.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import structlog
import uvicorn

from codex2api.api.application import Application
from codex2api.cli.server.patient_socket import PatientSocket
from codex2api.cli.terminal import Exit

NOTICE = 10.0
"""Seconds that the port stays open, at most: who comes then is told ``503 shutting_down``. Within
so many, Kubernetes asks once by default."""

_ASKS_REGULARLY = 60.0
"""Seconds within which a load balancer asks ``/health/ready`` again."""

_LAST_WORDS = 2.0
"""Seconds for what was cut short to say so, and for a second signal to save what must be."""

_LOOK = 0.05

_log = structlog.get_logger("codex2api.server")


class DrainingServer(uvicorn.Server):
    """Serves until it is told to stop.

    Args:
        config: How.
        app: What; told when new requests are to be refused.
        drain_seconds: Asked when it ends: how long answers under way may take.
        announce: Called once callers are answered.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        app: Application,
        drain_seconds: Callable[[], float],
        announce: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self.exit_code: int = Exit.OK
        self._app = app
        self._drain_seconds = drain_seconds
        self._announce = announce
        self._heeds_balancer = True

    def stop(self, exit_code: int = Exit.OK, *, heed_balancer: bool = True) -> None:
        """End once what is under way has ended; may be called from a signal.

        Args:
            exit_code: Of the process.
            heed_balancer: Keep the port open until a load balancer has noticed.
        """
        self.exit_code, self._heeds_balancer = exit_code, heed_balancer
        self._app.close()  # now: uvicorn looks at its flag ten times a second
        self.should_exit = True

    def stop_now(self, exit_code: int) -> None:
        """End at once."""
        self.exit_code = exit_code
        self._app.close()
        self.should_exit = self.force_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does it."""
        await super().startup(sockets)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refuse, wait, close, cut short; in uvicorn's place, which closes the port at once."""
        drain = self._drain_seconds()
        now = asyncio.get_running_loop().time
        ends = now() + drain
        for connection in self._connections(PatientSocket):
            connection.shutdown()
        _log.info("server.draining", running=self._running(), seconds=drain)
        notice = now() + min(NOTICE, drain / 2)
        await self._while(lambda: now() < notice and self._is_awaited())
        self._stop_listening(sockets)
        await self._while(lambda: now() < ends and self._is_busy())
        if self._is_busy():
            await self._cut_short()
        await self._close_application()

    async def _while(self, condition: Callable[[], bool]) -> None:
        # uvicorn tells nobody when its sets of tasks and connections are empty.
        while condition() and not self.force_exit:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)

    def _is_busy(self) -> bool:
        state = self.server_state
        return bool(state.tasks or state.connections or self._app.unattended())

    def _running(self) -> int:
        return len(self.server_state.tasks) + self._app.unattended()

    def _is_awaited(self) -> bool:
        """Whether an open port serves anybody: who follows a running answer, a load balancer."""
        balanced = self._heeds_balancer and self._app.readiness.asked_within(_ASKS_REGULARLY)
        return balanced or bool(self.server_state.tasks)

    def _connections(self, kind: type[Any]) -> list[Any]:
        return [each for each in self.server_state.connections if isinstance(each, kind)]

    def _stop_listening(self, sockets: list[socket.socket] | None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        for connection in self._connections(asyncio.Protocol):
            if not isinstance(connection, PatientSocket):
                connection.shutdown()  # at once if idle, else after its answer

    async def _cut_short(self) -> None:
        """End what is left; nobody may take it for finished."""
        tasks = set(self.server_state.tasks)
        _log.warning("server.cut_short", running=self._running())
        self._app.cut_short()
        for connection in self._connections(PatientSocket):
            connection.end()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_LAST_WORDS)
        for connection in self._connections(asyncio.Protocol):
            connection.transport.abort()

    async def _close_application(self) -> None:
        """Close what is open. In haste, too, a token that was just refreshed has to be saved."""
        limit = _LAST_WORDS if self.force_exit else None
        try:
            async with asyncio.timeout(limit):
                await self.lifespan.shutdown()
        except TimeoutError:
            _log.warning("server.left_open")
