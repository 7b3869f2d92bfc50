"""What becomes of each request parameter: the table that a dialect enforces and documents.

Nothing is dropped in silence. A parameter is mapped (the backend honours it), emulated (we do),
dropped (nobody can; the answer's ``x-codex2api-dropped`` header names it) or refused (400).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from codex2api.dialects.openai_refusals import invalid
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import Json, decode


class Fate(StrEnum):
    """What becomes of a parameter."""

    MAPPED = "mapped"
    EMULATED = "emulated"
    DROPPED = "dropped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of a dialect's table.

    Attributes:
        fate: What becomes of it.
        note: One sentence for ``docs/parameters.md``.
        harmless: Values that ask for what happens anyway (``temperature: 1``); they are neither
            reported nor refused. ``null`` always is harmless.
        same_as: Another parameter, whose value is harmless here, too.
        needs: Another parameter that has to be true; without it this one is dropped.
    """

    fate: Fate
    note: str = ""
    harmless: tuple[Json, ...] = ()
    same_as: str | None = None
    needs: str | None = None


def mapped(note: str = "") -> Parameter:
    """A parameter that the backend honours."""
    return Parameter(Fate.MAPPED, note)


def emulated(note: str = "", *harmless: Json, needs: str | None = None) -> Parameter:
    """A parameter that we honour ourselves."""
    return Parameter(Fate.EMULATED, note, harmless, needs=needs)


def dropped(note: str = "", *harmless: Json, same_as: str | None = None) -> Parameter:
    """A parameter that nobody can honour."""
    return Parameter(Fate.DROPPED, note, harmless, same_as=same_as)


def refused(note: str, *harmless: Json) -> Parameter:
    """A parameter without which the answer would be a different thing altogether."""
    return Parameter(Fate.REFUSED, note, harmless)


class Survey(msgspec.Struct, frozen=True):
    """What became of the parameters of one request, and of its headers."""

    dropped: tuple[str, ...] = ()
    emulated: tuple[str, ...] = ()
    adjusted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """The parameters of one route; a name it lacks counts as dropped."""

    rows: Mapping[str, Parameter] = field(default_factory=dict)

    def but(self, **rows: Parameter) -> "ParameterTable":
        """The table with some rows of it changed."""
        return ParameterTable({**self.rows, **rows})

    def survey(self, fields: Mapping[str, msgspec.Raw]) -> Survey:
        """Sort a request's parameters by their fate.

        Raises:
            ApiError: One of them is refused, or holds what no JSON value can hold.
        """
        nowhere: list[str] = []
        by_us: list[str] = []
        for name, raw in fields.items():
            row = self.rows.get(name, _UNKNOWN)
            if row.fate is Fate.MAPPED or _is_harmless(name, raw, row, fields):
                continue
            if row.fate is Fate.REFUSED:
                raise ApiError(
                    Kind.BAD_REQUEST,
                    f"'{name}' is not supported: {row.note}",
                    param=name,
                    code="unsupported_parameter",
                )
            lost = row.fate is Fate.DROPPED or not _is_given(row.needs, fields)
            (nowhere if lost else by_us).append(name)
        return Survey(tuple(nowhere), tuple(by_us))


_TRUE = msgspec.Raw(b"true")

_UNKNOWN = dropped("Unknown to this server.")

_LONGEST_HARMLESS = 64
"""Bytes; a harmless value is short, so long ones need no decoding to be told apart."""


def _is_given(name: str | None, fields: Mapping[str, msgspec.Raw]) -> bool:
    return name is None or fields.get(name) == _TRUE


def _is_harmless(
    name: str, raw: msgspec.Raw, row: Parameter, fields: Mapping[str, msgspec.Raw]
) -> bool:
    text = bytes(raw)
    if row.same_as is not None and text == bytes(fields.get(row.same_as, b"")):
        return True
    if len(text) > _LONGEST_HARMLESS:
        return False
    try:
        value = decode(text)
    except ValueError as error:  # what the schema does not know, nobody has decoded before
        raise invalid(name, str(error)) from None
    return value is None or value in row.harmless
