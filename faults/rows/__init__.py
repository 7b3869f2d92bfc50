"""Every row of the matrix, in order."""

from faults.rows import (
    bodies,
    broken,
    dialling,
    excess,
    grammar,
    leaving,
    refreshing,
    refusals,
    saving,
)
from faults.stage import Row

ROWS: tuple[Row, ...] = (
    *dialling.ROWS,
    *broken.ROWS,
    *grammar.ROWS,
    *refusals.ROWS,
    *excess.ROWS,
    *refreshing.ROWS,
    *saving.ROWS,
    *leaving.ROWS,
    *bodies.ROWS,
)
