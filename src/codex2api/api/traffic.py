"""Which requests are under way, and what is counted of those that asked no model."""

from codex2api.api.disconnect import CALLER_LEFT
from codex2api.api.exchange import Exchange
from codex2api.api.gate import ASKING
from codex2api.metrics.reading import Busy
from codex2api.metrics.tally import OTHER, Tally

_WEBSOCKET = 101

_EXACTLY = ASKING | {"/", "/docs", "/metrics", "/openapi.json"}

_BEGINNINGS = (
    "/health",
    "/v1/models",
    "/v1/responses",
    "/v1/chat/completions",
    "/v1/conversations",
    "/v1/files",
    "/v1/",
    "/backend-api/",
    "/admin/api/",
    "/auth/",
)
"""Routes that have an id in them, or that are counted together; the first one fits."""


class Traffic:
    """Requests from their first to their last byte.

    Args:
        tally: Counts those that are over, but for calls of models, which come to it as records.
    """

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._under_way: dict[int, Exchange] = {}

    def begins(self, exchange: Exchange) -> None:
        """A request has arrived."""
        self._under_way[id(exchange)] = exchange

    def ends(self, exchange: Exchange) -> None:
        """Its answer is over."""
        self._under_way.pop(id(exchange), None)

    def count(self, exchange: Exchange) -> None:
        """Count a request that no record tells of."""
        status = exchange.status or CALLER_LEFT
        self._tally.answered(route_of(exchange.path), status, exchange.error)

    def busy(self) -> Busy:
        """What goes on at this moment."""
        now = list(self._under_way.values())
        sockets = sum(exchange.status == _WEBSOCKET for exchange in now)
        streams = sum(exchange.streamed for exchange in now)
        return Busy(requests=len(now) - sockets, streams=streams, sockets=sockets)


def route_of(path: str) -> str:
    """The route of a path: one of few, whatever callers write."""
    if path in _EXACTLY:
        return path
    for beginning in _BEGINNINGS:
        if path.startswith(beginning):
            return f"{beginning.rstrip('/')}/…"
    return OTHER
