"""State of our own, opened when it is first needed.

A server that is never asked to remember anything pays nothing for the database: SQLAlchemy alone
would be a third of its memory.
"""

import asyncio
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from codex2api.conversations import Stores
from codex2api.errors import ApiError, Kind
from codex2api.ledger.ports import LedgerStore, Record
from codex2api.store.write_behind import WriteBehind

if TYPE_CHECKING:
    from codex2api.store.opened import OpenState

_log = structlog.get_logger()


class State:
    """Opens the database once.

    Args:
        path: The SQLite file.
        lifetime: Seconds that responses and chat completions are kept.
        now: Unix seconds.
        ledger_days: How long calls are remembered; 0 for not at all.

    Attributes:
        record: Takes calls down for the ledger; ``None`` where none are to be remembered.
    """

    def __init__(
        self, path: Path, lifetime: int, now: Callable[[], float], ledger_days: int = 90
    ) -> None:
        self._path = path
        self._lifetime = lifetime
        self._now = now
        self._ledger_days = ledger_days
        self._behind = WriteBehind(self.ledger)
        self.record: Record | None = self._behind.record if ledger_days else None
        self._opening = asyncio.Lock()
        self._opened: OpenState | None = None

    async def start(self) -> None:
        """Open it now if there is anything in it: to migrate it, and to forget what is over.

        A database that cannot be used keeps nobody from what needs none.
        """
        if self._path.exists():
            try:
                await self.stores()
            except ApiError as error:
                _log.warning("store.not_opened", file=self._path.name, reason=error.message)

    async def stores(self) -> Stores:
        """Everything that is remembered.

        Raises:
            ApiError: The database cannot be used.
        """
        return await self._once_opened()

    async def ledger(self) -> LedgerStore:
        """The ledger of calls.

        Raises:
            ApiError: Nothing is recorded here, or the database cannot be used.
        """
        if self.record is None:
            raise ApiError(
                Kind.NOT_SUPPORTED,
                "This server records nothing: its owner has set ledger.retentionDays to 0.",
            )
        return (await self._once_opened()).ledger

    async def close(self) -> None:
        """Write what is taken down, and close the database, if it was opened."""
        await self._behind.close()
        if self._opened is not None:
            await self._opened.close()

    async def _once_opened(self) -> "OpenState":
        if self._opened is None:
            async with self._opening:
                if self._opened is None:
                    self._opened = await self._open()
        return self._opened

    async def _open(self) -> "OpenState":
        # The import takes a fifth of a second, during which other callers' streams should flow.
        await asyncio.to_thread(import_module, "codex2api.store.opened")
        from codex2api.store.opened import open_state  # noqa: PLC0415 (see the module's text)

        return await open_state(self._path, self._lifetime, self._now, self._ledger_days)
