"""Every row of the matrix, in order."""

from faults.rows import broken, dialling, excess, grammar, refreshing, refusals, saving
from faults.stage import Row

ROWS: tuple[Row, ...] = (
    *dialling.ROWS,
    *broken.ROWS,
    *grammar.ROWS,
    *refusals.ROWS,
    *excess.ROWS,
    *refreshing.ROWS,
    *saving.ROWS,
)
