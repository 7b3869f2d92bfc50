"""Every row of the matrix, in order."""

from faults.rows import (
    bodies,
    broken,
    browsers,
    crowds,
    dialling,
    door,
    elsewhere,
    excess,
    grammar,
    headers,
    inputs,
    leaving,
    lifecycle,
    refreshing,
    refusals,
    saving,
    sockets,
)
from faults.stage import Row

_ROOMS = (
    dialling,
    broken,
    grammar,
    refusals,
    excess,
    refreshing,
    saving,
    leaving,
    bodies,
    inputs,
    headers,
    crowds,
    sockets,
    door,
    browsers,
    lifecycle,
    elsewhere,
)

ROWS: tuple[Row, ...] = tuple(
    sorted((row for room in _ROOMS for row in room.ROWS), key=lambda row: row.number)
)
