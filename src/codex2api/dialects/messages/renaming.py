"""Names of Anthropic's models, and those of the backend that stand in for them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

Row = tuple[str, tuple[str, ...]]
"""A pattern with ``*``, and models that stand in, the preferred one first."""


def _knows_none(_name: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Renaming:
    """Which model answers for a name.

    Attributes:
        rows: The first whose pattern fits a name decides.
        knows: Whether a model is in the list of the accounts' models.
    """

    rows: Sequence[Row] = ()
    knows: Callable[[str], bool] = _knows_none

    def __call__(self, name: str) -> str:
        """The first known model of the row that fits; a name that no row fits is itself.

        As long as none is known, it is the last: the one that most accounts have.
        """
        for pattern, models in self.rows:
            if fnmatchcase(name, pattern):
                return next(filter(self.knows, models), models[-1])
        return name
