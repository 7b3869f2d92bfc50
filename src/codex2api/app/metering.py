"""What the server's parts know, put together for monitoring when it asks."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from os import getpid

from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import Window
from codex2api.accounts.pool import AccountPool, AccountState
from codex2api.api.traffic import Traffic
from codex2api.errors import ApiError
from codex2api.ledger.calls import EndedCall
from codex2api.ledger.names import name_or_odd
from codex2api.ledger.ports import Record
from codex2api.metrics.reading import AccountNow, Named, Snapshot, WindowNow
from codex2api.metrics.tally import Tally
from codex2api.store.state import State
from codex2api.upstream.backend import Backend
from codex2api.upstream.http import Http
from codex2api.upstream.models import LiveModels

_LOOK_AGAIN = 15.0
"""Seconds: Prometheus usually comes that often."""


def both(one: Record, other: Record | None) -> Record:
    """Have calls taken down by two; the other one may be missing."""
    if other is None:
        return one
    also = other

    def record(call: EndedCall) -> None:
        one(call)
        also(call)

    return record


@dataclass(frozen=True, slots=True)
class Watched:
    """The parts of the server that have something to tell."""

    pool: AccountPool
    keeper: TokenKeeper
    backend: Backend
    official: Backend
    http: Http
    models: LiveModels
    state: State


def taking(tally: Tally, traffic: Traffic, parts: Watched) -> Callable[[], Awaitable[Snapshot]]:
    """What tells all that this process knows now."""

    def sums() -> dict[Named, float]:
        told = parts.keeper.outcomes.items()
        outcomes: dict[Named, float] = {("token_refreshes_total", name): n for name, n in told}
        return {
            ("upstream_retries_total",): parts.backend.retries + parts.official.retries,
            ("failovers_total",): parts.pool.failovers,
            ("upstream_connections_dialled_total",): parts.http.connections.dialled,
            ("ledger_dropped_total",): parts.state.queue()[1],
            **outcomes,
        }

    def levels() -> dict[Named, float]:
        busy, connections = traffic.busy(), parts.http.connections
        return {
            ("requests_in_progress",): busy.requests,
            ("open_streams",): busy.streams,
            ("open_websockets",): busy.sockets,
            ("upstream_connections", "busy"): connections.busy,
            ("upstream_connections", "idle"): connections.idle,
            ("ledger_queue",): parts.state.queue()[0],
        }

    standing = Standing(parts.pool, lambda: tally.seen, time.monotonic)

    async def take() -> Snapshot:
        return Snapshot(
            pids=(getpid(),),
            counts=tally.counts,
            sums=sums(),
            levels=levels(),
            accounts=await standing.accounts(),
            models=parts.models.names(),
        )

    return take


class Standing:
    """How the accounts stand, without asking a database for it while nobody asks for anything.

    Args:
        pool: Knows it.
        seen: Another number whenever a request was counted.
        clock: Monotonic seconds.
    """

    def __init__(
        self, pool: AccountPool, seen: Callable[[], int], clock: Callable[[], float]
    ) -> None:
        self._pool = pool
        self._seen = seen
        self._clock = clock
        self._looked = (-1, 0.0)
        self._known: tuple[AccountNow, ...] = ()

    async def accounts(self) -> tuple[AccountNow, ...]:
        """Every account; none while their store cannot be read."""
        seen, now = self._seen(), self._clock()
        if seen != self._looked[0] or now - self._looked[1] >= _LOOK_AGAIN:
            self._looked = seen, now
            try:
                self._known = tuple(map(_account, await self._pool.overview()))
            except ApiError:  # the rest is told all the same
                self._known = ()
        return self._known


def _account(account: AccountState) -> AccountNow:
    windows = tuple(map(_window, account.limits.windows))
    return AccountNow(account.label, account.state, windows)


def _window(window: Window) -> WindowNow:
    used = window.used_percent / 100
    family = name_or_odd(window.family) or ""  # the backend names it
    return WindowNow(family, window.name, used, window.resets_at, window.as_of)
