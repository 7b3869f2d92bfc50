"""The table of ``codex2api keys list``."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from codex2api.callers.keys import ClientKey, KeyList
from codex2api.callers.wording import rate_text
from codex2api.cli.columns import table
from codex2api.texts.said import N_
from codex2api.texts.shell import _

_HEADINGS = (
    *(_("NAME"), _("KEY"), _("ACCOUNT"), _("LIMITS"), _("CREATED"), _("EXPIRES")),
    _("LAST USED"),
)
_RATES = {
    "requests": N_("{used} of {limit} requests"),
    "tokens": N_("{used} of {limit} tokens"),
}


def key_table(found: KeyList, now: float) -> str:
    """A row for each key, in columns of equal width without rules around them."""
    used = found.used(now)
    rows = [_HEADINGS, *(_row(key, used[key.id], now) for key in found.keys)]
    return "\n".join(table(rows))


def key_facts(found: KeyList, name: str, now: float) -> list[str]:
    """One fact a line of the key of that name; its first column is the table's headings."""
    [key] = [each for each in found.keys if each.name == name]
    facts = zip(_HEADINGS, _row(key, found.used(now)[key.id], now), strict=True)
    return table([(heading.lower(), cell) for heading, cell in facts])


def _row(key: ClientKey, used: Mapping[str, int], now: float) -> Sequence[str]:
    over = key.expires is not None and key.expires <= now
    return (
        key.name,
        f"...{key.tail}",
        key.grants.account or _("any"),
        ", ".join(_limits(key, used)) or _("none"),
        _day(key.created),
        _("{day} (over)").format(day=_day(key.expires)) if over else _day(key.expires, _("never")),
        _day(key.last_used, _("never")),
    )


def _limits(key: ClientKey, used: Mapping[str, int]) -> Iterable[str]:
    grants = key.grants
    if grants.models:
        yield _("models {names}").format(names=" ".join(grants.models))
    for what, rate in grants.rates():
        yield _(_RATES[what]).format(used=used.get(what, 0), limit=rate_text(rate))
    if grants.concurrency is not None:
        yield _("{count} at once").format(count=grants.concurrency)
    if grants.weekly_share is not None:
        yield _("{percent:g}% of the week").format(percent=grants.weekly_share)
    if grants.reasoning is not None:
        yield _("reasoning {style}").format(style=grants.reasoning)
    if grants.reserve:
        yield _("may use the reserve")


def _day(seconds: int | None, otherwise: str = "") -> str:
    if seconds is None:
        return otherwise
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
