"""Settings in JSON: read, merged and written anew, if nothing gets lost by that."""

import json
import re
from collections.abc import Sequence
from typing import Any

from codex2api.connect.blocks import like
from codex2api.connect.values import N_, Merged, UnsafeEditError

Json = Any
_INDENT = re.compile(r"\n([ \t]+)\"")


def merged_json(old: str | None, wanted: Json, *, if_absent: Json = None) -> Merged:
    """The content with what is wanted.

    Objects are merged; lists of objects with names by these; everything else is replaced.

    Args:
        old: The present content, if there is one.
        wanted: An object.
        if_absent: An object whose top-level values are set only where there is none.

    Raises:
        UnsafeEditError: It has comments or other things that would get lost.
    """
    if old is None or not old.strip():
        return Merged(json.dumps({**(if_absent or {}), **wanted}, indent=2) + "\n")
    content = _read(old)
    result = {**(if_absent or {}), **merged(content, wanted)}
    if result == content:
        return Merged(old)
    found = _INDENT.search(old)
    text = json.dumps(result, indent=found[1] if found else 2, ensure_ascii=False)
    return Merged(like(old, f"{text}\n"))


def merged(old: Json, wanted: Json) -> Json:
    """Two values as one; where they contradict each other, what is wanted wins."""
    if isinstance(old, dict) and isinstance(wanted, dict):
        both = {key: merged(old[key], wanted[key]) for key in old.keys() & wanted.keys()}
        return {**old, **wanted, **both}
    if _are_named(old) and _are_named(wanted):
        return _by_name(old, wanted)
    return wanted


def _by_name(old: Sequence[Json], wanted: Sequence[Json]) -> list[Json]:
    new = {each["name"]: each for each in wanted}
    kept = [merged(each, new.pop(each["name"], {})) for each in old]
    return [*kept, *new.values()]


def _are_named(value: Json) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict) and isinstance(each.get("name"), str) for each in value
    )


def _read(text: str) -> dict[str, Json]:
    try:
        content = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise UnsafeEditError(
            N_("It is no plain JSON: it may have comments, which would get lost.")
        ) from None
    if not isinstance(content, dict):
        raise UnsafeEditError(N_("It does not hold one JSON object."))
    return content


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object; a name that comes twice would lose one of its values."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found
