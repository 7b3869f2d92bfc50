"""Who takes records down, and who keeps them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from codex2api.ledger.calls import CallRecord, EndedCall, KeptCall, Wanted
from codex2api.ledger.reports import By, FirstToken, Sum

Record: TypeAlias = Callable[[EndedCall], None]
"""Takes a record down: at once, without waiting, and without a failure that could be told."""


class LedgerStore(Protocol):
    """Keeps records of calls.

    Raises:
        ApiError: From every method, when the database fails.
    """

    async def add(self, calls: Sequence[CallRecord]) -> None:
        """Keep some records; all of them or none, durable on return."""

    async def calls(self, wanted: Wanted, limit: int) -> Sequence[KeptCall]:
        """The newest of the calls that are wanted, newest first."""

    async def sums(self, wanted: Wanted, by: By | None, east: int) -> Sequence[Sum]:
        """The calls that are wanted, added up.

        Args:
            wanted: Which calls.
            by: What makes a group; ``None`` for one group of all.
            east: Minutes that the caller's days begin before those of UTC.
        """

    async def first_tokens(
        self, wanted: Wanted, by: By | None, east: int
    ) -> Mapping[str, FirstToken]:
        """How long the first token took in each group, by its key; as ``sums``."""
