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

from codex2api.callers.keys import KeyStore
from codex2api.conversations import Stores
from codex2api.errors import ApiError, Kind
from codex2api.ledger.ports import LedgerStore, Record
from codex2api.store.write_behind import WriteBehind

if TYPE_CHECKING:
    from codex2api.store.engine import Database
    from codex2api.store.opened import OpenState

_log = structlog.get_logger()


class State:
    """Opens the database once.

    Args:
        path: The SQLite file; files lie beside it.
        lifetime: Seconds that responses and chat completions are kept.
        now: Unix seconds.
        ledger_days: How long calls are remembered; 0 for not at all.
        shared: The database of all replicas, in place of the SQLite file; its owner closes it.

    Attributes:
        record: Takes calls down for the ledger; ``None`` where none are to be remembered.
    """

    def __init__(
        self,
        path: Path,
        lifetime: int,
        now: Callable[[], float],
        ledger_days: int = 90,
        shared: "Database | None" = None,
    ) -> None:
        self._path = path
        self._shared = shared
        self._lifetime = lifetime
        self._now = now
        self._ledger_days = ledger_days
        self._behind = WriteBehind(self.ledger)
        self.record: Record | None = self._behind.record if ledger_days else None
        self._opening = asyncio.Lock()
        self._opened: OpenState | None = None

    async def start(self) -> None:
        """Open it now if there may be anything in it: to migrate it, and to forget what is over.

        A database that cannot be used keeps nobody from what needs none.
        """
        if self._shared is not None or self._path.exists():
            try:
                await self.stores()
            except ApiError as error:
                _log.warning("store.not_opened", reason=error.message)

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

    async def keys(self) -> KeyStore:
        """The client keys.

        Raises:
            ApiError: The database cannot be used.
        """
        return (await self._once_opened()).keys

    async def keys_if_any(self) -> KeyStore | None:
        """As ``keys``; but ``None``, and nothing is opened, as long as there is no database.

        Raises:
            ApiError: The database cannot be used.
        """
        if self._opened is None and self._shared is None and not self._path.exists():
            return None
        try:
            return await self.keys()
        except OSError as error:
            _log.warning("store.not_opened", file=self._path.name, reason=error.strerror)
            raise ApiError(
                Kind.INTERNAL,
                "The database of this server cannot be opened; its log says why.",
                code="storage_failed",
            ) from None

    def queue(self) -> tuple[int, int]:
        """How many records wait for the ledger, and how many were lost since the start."""
        return self._behind.length, self._behind.dropped

    def keep_for(self, lifetime: int) -> None:
        """Keep what comes from now on for so many seconds."""
        self._lifetime = lifetime
        if self._opened is not None:
            self._opened.keep_for(lifetime)

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
        from codex2api.store.opened import (  # noqa: PLC0415 (see the module's text)
            open_shared_state,
            open_state,
        )

        lasting = (self._lifetime, self._now, self._ledger_days)
        if self._shared is not None:
            return await open_shared_state(self._shared, self._path.parent, *lasting)
        return await open_state(self._path, *lasting)
