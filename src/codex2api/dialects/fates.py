"""What became of each parameter of one request, with the reason, for people who ask."""

from collections.abc import Iterable

from msgspec import Struct

from codex2api.dialects.parameters import Fate, ParameterTable, Survey

_GRANTED = "granted"


class ParameterFate(Struct, frozen=True):
    """One parameter that a caller sent.

    Attributes:
        fate: A ``Fate``, or ``granted``: its value asks for what happens anyway.
        why: A sentence; may be empty where it is simply honoured.
    """

    name: str
    fate: str
    why: str


def fates(names: Iterable[str], table: ParameterTable, survey: Survey) -> list[ParameterFate]:
    """The fate of each parameter, in the order in which they were sent."""
    return [_fate(name, table, survey) for name in names]


def _fate(name: str, table: ParameterTable, survey: Survey) -> ParameterFate:
    row = table.rows.get(name)
    why = "Unknown to this server." if row is None else row.note
    if name in survey.dropped:
        return ParameterFate(name, Fate.DROPPED, why)
    if name in survey.emulated:
        return ParameterFate(name, Fate.EMULATED, why)
    if row is not None and row.fate is Fate.MAPPED:
        return ParameterFate(name, Fate.MAPPED, why)
    return ParameterFate(name, _GRANTED, "This value asks for what happens anyway.")
