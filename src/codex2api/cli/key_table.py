"""The table of ``codex2api keys list``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from codex2api.callers.keys import ClientKey, KeyList
from codex2api.callers.wording import rate_text

_HEADINGS = ("NAME", "KEY", "ACCOUNT", "LIMITS", "CREATED", "EXPIRES", "LAST USED")


def key_table(found: KeyList, now: float) -> str:
    """A row for each key, in columns of equal width without rules around them."""
    used = found.used(now)
    rows: list[Sequence[str]] = [_HEADINGS, *(_row(key, used[key.id], now) for key in found.keys)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return "\n".join(lines)


def key_facts(found: KeyList, name: str, now: float) -> list[str]:
    """One fact a line of the key of that name; its first column is the table's headings."""
    [key] = [each for each in found.keys if each.name == name]
    width = max(len(heading) for heading in _HEADINGS)
    cells = zip(_HEADINGS, _row(key, found.used(now)[key.id], now), strict=True)
    return [f"{heading.lower().ljust(width)}  {cell}" for heading, cell in cells]


def _row(key: ClientKey, used: Mapping[str, int], now: float) -> Sequence[str]:
    over = key.expires is not None and key.expires <= now
    return (
        key.name,
        f"...{key.tail}",
        key.grants.account or "any",
        ", ".join(_limits(key, used)) or "none",
        _day(key.created),
        f"{_day(key.expires)} (over)" if over else _day(key.expires, "never"),
        _day(key.last_used, "never"),
    )


def _limits(key: ClientKey, used: Mapping[str, int]) -> Iterable[str]:
    grants = key.grants
    if grants.models:
        yield f"models {' '.join(grants.models)}"
    for what, rate in grants.rates():
        yield f"{used.get(what, 0)} of {rate_text(rate)} {what}"
    if grants.concurrency is not None:
        yield f"{grants.concurrency} at once"
    if grants.weekly_share is not None:
        yield f"{grants.weekly_share:g}% of the week"
    if grants.reasoning is not None:
        yield f"reasoning {grants.reasoning}"
    if grants.reserve:
        yield "may use the reserve"


def _day(seconds: int | None, otherwise: str = "") -> str:
    if seconds is None:
        return otherwise
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
