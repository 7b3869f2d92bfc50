"""From an accepted request to its answer."""

import dataclasses
from typing import Any

from codex2api.simulator.backend.limits import Limits
from codex2api.simulator.backend.refusal import detail
from codex2api.simulator.scenarios.answers import Answer, Close, Stream, delivery_of
from codex2api.simulator.scenarios.decorate import decorate
from codex2api.simulator.scenarios.endings import ENDINGS
from codex2api.simulator.scenarios.faults import FAULTS
from codex2api.simulator.scenarios.markers import Marker
from codex2api.simulator.scenarios.registry import WRITERS, writer_for
from codex2api.simulator.scenarios.script import Script, ScriptOptions
from codex2api.simulator.scenarios.turn import Turn

NAMES = (*WRITERS, *ENDINGS, *FAULTS)


def answer_marker(turn: Turn, limits: Limits, *, full_output: bool) -> Answer:
    """The answer that the request and its marker ask for.

    Raises:
        RefusalError: The marker names no scenario, or one of its parameters is nonsense.
    """
    marker = turn.marker
    name = marker.name
    if name is not None and name not in NAMES:
        raise detail(f"Unknown scenario: {name}. Known ones are: {', '.join(NAMES)}")
    if marker.text("close", Close.CLEAN) not in set(Close):
        raise detail(f"Unknown close. Known ones are: {', '.join(Close)}")
    if name in FAULTS:
        fault = FAULTS[name](marker, limits)
        return dataclasses.replace(fault, delay=marker.number("first") / 1000)
    script = Script(turn, script_options(marker, limits, full_output=full_output))
    stream = ENDINGS[name](script, marker) if name in ENDINGS else _written(script, marker)
    return dataclasses.replace(stream, events=decorate(stream.events, marker))


def script_options(marker: Marker, limits: Limits, *, full_output: bool) -> ScriptOptions:
    """What the marker asks to be put around the items."""
    shown = limits.shown and marker.text("limits") != "none"
    return ScriptOptions(
        limits=limits.event() if shown else None,
        full_output=full_output or marker.flag("full"),
        obfuscate=marker.flag("obfuscate"),
    )


def _written(script: Script, marker: Marker) -> Stream:
    script.begin()
    writer_for(script.turn)(script, marker)
    script.complete(**_final_fields(script, marker))
    return Stream(script.events, delivery_of(marker))


def _final_fields(script: Script, marker: Marker) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    match marker.text("usage"):
        case "null":
            fields["usage"] = None
        case "partial":
            usage = script.usage()
            kept = ("input_tokens", "output_tokens", "total_tokens")
            fields["usage"] = {name: usage[name] for name in kept}
    if "end_turn" in marker.params:
        fields["end_turn"] = marker.flag("end_turn")
    return fields
