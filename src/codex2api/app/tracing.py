"""Traces, if somebody wants them: nothing of it is imported or in the way otherwise."""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from codex2api.ledger.ports import Record
from codex2api.relay import Opener, Relay, Upstream
from codex2api.settings import Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Tracing:
    """What takes times down, and what tells of them.

    Attributes:
        record: Hears of calls that are over.
        close: Sends what is left; waits for that.
    """

    record: Record
    close: Callable[[], None]

    def upstream(self, inner: Upstream) -> Upstream:
        """An upstream whose calls are timed."""
        from codex2api.traces.timeline import TimedUpstream  # noqa: PLC0415 (only where it is on)

        return TimedUpstream(inner)

    def opener(self, inner: Relay) -> Opener:
        """A relay whose requests are timed."""
        from codex2api.traces.timeline import TimedOpener  # noqa: PLC0415

        return TimedOpener(inner)


def tracing_by(settings: Settings) -> Tracing | None:
    """Traces, where a collector is named and the package is there."""
    endpoint = settings.traces.endpoint
    if endpoint is None:
        return None
    if importlib.util.find_spec("opentelemetry.sdk") is None:
        # The variable that names it may be there for other programs of this machine.
        _log.warning("traces.off", reason="install codex2api[otel] to send traces")
        return None
    from codex2api.traces.spans import Spans  # noqa: PLC0415 (large, and few want it)

    spans = Spans(endpoint)
    return Tracing(spans.record, spans.close)
