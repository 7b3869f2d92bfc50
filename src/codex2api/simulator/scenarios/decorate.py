"""Events that surround the real ones: keepalives, metadata, vocabulary that nobody knows."""

from codex2api.simulator.scenarios.markers import Marker
from codex2api.simulator.scenarios.script import Event

UNKNOWN: tuple[Event, ...] = (
    {"type": "response.simulated_novelty", "sequence_number": 0, "novelty": [1, None, {"a": 1}]},
    {"type": "responsesapi.websocket_timing", "timing": {"total_ms": 1}},
)


def decorate(events: list[Event], marker: Marker) -> list[Event]:
    """The events with what the marker adds: ``unknown``, ``keepalive`` and ``metadata``."""
    if not marker.params:
        return events
    if marker.flag("metadata"):
        events = [*events[:2], _METADATA, *events[2:]]
    if marker.flag("unknown"):
        events = [*events[:2], *UNKNOWN, *events[2:]]
    if marker.flag("keepalive"):
        events = _with_keepalives(events)
    return events


_METADATA: Event = {
    "type": "response.metadata",
    "headers": {"x-simulated": "1"},
    "metadata": {"openai_chatgpt_moderation_metadata": {}},
}


def _with_keepalives(events: list[Event]) -> list[Event]:
    dressed: list[Event] = []
    for event in events:
        if event["type"].endswith(".delta"):
            dressed.append({"type": "keepalive", "sequence_number": len(dressed)})
        dressed.append(event)
    return dressed
