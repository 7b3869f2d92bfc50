"""Who watches the server at work: metrics, the ledger, and traces where somebody wants them."""

import asyncio
from dataclasses import dataclass

from codex2api.api.traffic import Traffic
from codex2api.app.metering import Watched, both, taking
from codex2api.app.tracing import Tracing, tracing_by
from codex2api.ledger.ports import Record
from codex2api.metrics.scoreboard import Place, Scoreboard
from codex2api.metrics.tally import Tally
from codex2api.settings import Settings

__all__ = ["Watched", "Watching", "watching"]


@dataclass(frozen=True, slots=True)
class Watching:
    """The watchers.

    Attributes:
        traffic: Knows what is under way.
        scoreboard: Has the figures of all processes.
        record: Hears of every call that is over.
        tracing: ``None`` where nobody is told.
    """

    traffic: Traffic
    scoreboard: Scoreboard
    record: Record
    tracing: Tracing | None

    async def close(self) -> None:
        """Tell what is still untold."""
        if self.tracing is not None:
            await asyncio.to_thread(self.tracing.close)


def watching(settings: Settings, place: Place | None, parts: Watched) -> Watching:
    """The watchers of these parts; ``place`` is where several processes meet."""
    tally, tracing = Tally(), tracing_by(settings)
    traffic = Traffic(tally)
    record = both(tally.record, parts.state.record)
    return Watching(
        traffic,
        Scoreboard(taking(tally, traffic, parts), place),
        record if tracing is None else both(record, tracing.record),
        tracing,
    )
