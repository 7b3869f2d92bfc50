"""What the HTTP server calls; what answers new requests can be exchanged while it serves.

A request is answered to its end by the door that it came in through, so nobody under way notices.
"""

from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from codex2api.api.closing import closed
from codex2api.api.front import Front
from codex2api.api.health import Readiness


class Application:
    """The server as ASGI application.

    Args:
        front: Answers, until another one takes its place.
        readiness: What ``/health/ready`` tells.
        unattended: How many answers are under way that no connection waits for.
    """

    def __init__(self, front: Front, readiness: Readiness, unattended: Callable[[], int]) -> None:
        self._answer = front
        self.readiness = readiness
        self.unattended = unattended

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Serve one connection scope; a plain function, so that passing it on costs no task."""
        return self._answer(scope, receive, send)

    def replace(self, front: Front) -> None:
        """Have new requests answered by another door; a server that ends keeps its own."""
        if not self.readiness.closing:
            self._answer = front

    def close(self) -> None:
        """Refuse new requests from now on (``503 shutting_down``), health aside."""
        if not self.readiness.closing:
            self._answer = closed(self._answer)
            self.readiness.closing = True

    def cut_short(self) -> None:
        """From now on a cancelled request is one that the end of this server has cancelled."""
        self.readiness.over = True
