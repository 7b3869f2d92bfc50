"""Entries of a scenario file or admin call: checked, and made into rules."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from codex2api.simulator.scenarios.choose import NAMES
from codex2api.simulator.scenarios.markers import read_marker
from codex2api.simulator.scenarios.ruled import BREAKS, CLOSES, STEPS
from codex2api.simulator.scenarios.rules import Match, Rule

ENTRY_KEYS = ("name", "match", "scenario", "events", "fault", "times")
MATCH_KEYS = tuple(each.name for each in fields(Match))
FAULT_KEYS = ("status", "body", "headers", "delay")
NAMED_FAULTS = (*CLOSES, *BREAKS)


class ScenarioError(Exception):
    """An entry that cannot be used; the message is one sentence that names it."""


def parse_rules(value: Any) -> tuple[Rule, ...]:
    """Rules from a decoded file or admin call.

    Raises:
        ScenarioError: An entry is wrong.
    """
    if not isinstance(value, list):
        raise ScenarioError("a scenario file is a list of entries.")
    return tuple(_rule(entry, f"entry {number}") for number, entry in enumerate(value, 1))


def _rule(entry: Any, where: str) -> Rule:
    _check_keys(entry, ENTRY_KEYS, where)
    if entry.get("name"):
        where = f"{where} ({entry['name']})"
    if not any(key in entry for key in ("scenario", "events", "fault")):
        raise ScenarioError(f"{where}: needs one of scenario, events, fault.")
    return Rule(
        match=_match(entry.get("match", {}), f"{where}: match"),
        marker=_marker(entry.get("scenario"), where),
        events=_events(entry.get("events"), where),
        fault=_fault(entry.get("fault"), where),
        times=_times(entry.get("times"), where),
    )


def _match(value: Any, where: str) -> Match:
    if isinstance(value, str):
        value = {"text": value}
    _check_keys(value, MATCH_KEYS, where)
    for key, each in value.items():
        if not isinstance(each, str):
            raise ScenarioError(f"{where}: {key} must be a text.")
    try:
        pattern = re.compile(value["pattern"]) if "pattern" in value else None
    except re.error as error:
        raise ScenarioError(f"{where}: the pattern is wrong: {error}.") from None
    plain = {name: value.get(name) for name in MATCH_KEYS if name != "pattern"}
    return Match(pattern=pattern, **plain)


def _marker(value: Any, where: str) -> str | None:
    if value is None:
        return None
    text = str(value) if str(value).startswith("SCENARIO:") else f"SCENARIO:{value}"
    name = read_marker(text).name
    if name not in NAMES:
        raise ScenarioError(f"{where}: there is no scenario {str(value)!r}.")
    return text


def _events(value: Any, where: str) -> list[Mapping[str, Any]] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        raise ScenarioError(f"{where}: events must be a list with at least one event.")
    for number, event in enumerate(value, 1):
        _check_event(event, f"{where}: event {number}")
    return value


def _check_event(event: Any, where: str) -> None:
    if isinstance(event, Mapping) and isinstance(event.get("type"), str):
        return
    _check_keys(event, STEPS, where)
    for name in ("tool_call", "custom_tool_call"):
        call = event.get(name)
        if call is not None and not (isinstance(call, Mapping) and call.get("name")):
            raise ScenarioError(f"{where}: {name} needs a name.")
    if "failed" in event and not isinstance(event["failed"], Mapping):
        raise ScenarioError(f"{where}: failed needs code and message.")


def _fault(value: Any, where: str) -> Mapping[str, Any] | str | None:
    if value is None:
        return None
    if isinstance(value, str):
        if value not in NAMED_FAULTS:
            known = ", ".join(NAMED_FAULTS)
            raise ScenarioError(f"{where}: fault is one of {known}, or a status.")
        return value
    _check_keys(value, FAULT_KEYS, f"{where}: fault")
    if not isinstance(value.get("status"), int) or not 200 <= value["status"] <= 599:
        raise ScenarioError(f"{where}: fault needs a status from 200 to 599.")
    return dict(value)


def _times(value: Any, where: str) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise ScenarioError(f"{where}: times must be a whole number of at least 1.")
    return value


def _check_keys(value: Any, known: Iterable[str], where: str) -> None:
    names = list(known)
    if not isinstance(value, Mapping):
        raise ScenarioError(f"{where}: must have some of the keys {', '.join(names)}.")
    for key in value:
        if key not in names:
            raise ScenarioError(f"{where}: does not know {key!r}; it knows {', '.join(names)}.")
