"""Records of calls as lines for a terminal; pure."""

from datetime import tzinfo
from typing import TYPE_CHECKING

from codex2api.cli.columns import count, padded, seconds, share
from codex2api.texts.said import N_
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.ledger.calls import CallRecord

_NARROW = 130
"""Columns of a terminal that has no room for everything."""

_COLUMNS = (
    (N_("TIME"), "<14", False),
    (N_("STATUS"), "<6", False),
    (N_("ROUTE"), "<20", True),
    (N_("MODEL"), "<18", False),
    (N_("KEY"), "<8", False),
    (N_("ACCOUNT"), "<9", True),
    (N_("IN"), ">7", False),
    (N_("CACHED"), ">6", True),
    (N_("OUT"), ">7", False),
    (N_("FIRST"), ">7", True),
    (N_("TOTAL"), ">7", False),
    (N_("CLIENT"), "<20", True),
    (N_("ERROR"), "", False),
)
"""Heading, form, and whether it is left out where there is little room.

Widths are fixed, because the next line may come later.
"""


def heading(width: int) -> str:
    """The line above all others."""
    return _line([_(name) for name, *_form in _COLUMNS], width)


def call_line(call: "CallRecord", width: int, zone: tzinfo | None = None) -> str:
    """One call.

    Args:
        call: Its record.
        width: Columns of the terminal.
        zone: For its time; the machine's own unless one is given.
    """
    from datetime import UTC, datetime

    began = datetime.fromtimestamp(call.at / 1000, UTC).astimezone(zone)
    cached = (call.cached_tokens or 0) / call.input_tokens if call.input_tokens else None
    cells = [
        f"{began:%m-%d %H:%M:%S}",
        str(call.status),
        call.route.removeprefix("/v1/").removeprefix("/backend-api/"),
        _model(call),
        call.key_name or "-",
        call.account or "-",
        count(call.input_tokens),
        share(cached),
        f"{'~' if call.estimated else ''}{count(call.output_tokens)}",
        seconds(call.first_ms),
        seconds(call.total_ms),
        call.client or "-",
        call.error or "",
    ]
    return _line(cells, width)


def _fitted(cell: str, form: str) -> str:
    """A cell in the width that its form names, as a terminal counts it."""
    return padded(cell, int(form[1:]), right=form[0] == ">") if form else cell


def _model(call: "CallRecord") -> str:
    model = call.model or call.asked_model or "-"
    return f"{model} ({call.effort})" if call.effort else model


def _line(cells: list[str], width: int) -> str:
    shown = [
        _fitted(cell, form)
        for cell, (_name, form, spare) in zip(cells, _COLUMNS, strict=True)
        if not (spare and width < _NARROW)
    ]
    return "  ".join(shown).rstrip()
