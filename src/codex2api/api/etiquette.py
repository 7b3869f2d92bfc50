"""Which API a request belongs to, and so how it is answered when nothing goes as it should."""

from collections.abc import Iterable, Mapping
from typing import Any

from codex2api.dialects.base import Dialect
from codex2api.dialects.manners import OPENAI, Manners


class Etiquette:
    """The manners of every route, by what the dialects say of themselves.

    Args:
        dialects: Their own routes and all below them have their manners; on any other route the
            mark of an API tells, and without one it is OpenAI's.
    """

    def __init__(self, dialects: Iterable[Dialect[Any]] = ()) -> None:
        self._by_path = {dialect.path: dialect.manners for dialect in dialects}
        self._marked = {
            manners.mark: manners for manners in self._by_path.values() if manners.mark is not None
        }

    def of(self, path: str, headers: Mapping[str, str]) -> Manners:
        """The manners of one request; ``headers`` have names in lower case."""
        manners = self._by_path.get(path)
        return manners or self._elsewhere(path, headers)

    def _elsewhere(self, path: str, headers: Mapping[str, str]) -> Manners:
        for above, manners in self._by_path.items():
            if path.startswith(f"{above}/"):
                return manners
        return next((self._marked[mark] for mark in self._marked if mark in headers), OPENAI)
