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
from codex2api.errors import ApiError

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
        shared: The database of all replicas, in place of the SQLite file; its owner closes it.
    """

    def __init__(
        self,
        path: Path,
        lifetime: int,
        now: Callable[[], float],
        shared: "Database | None" = None,
    ) -> None:
        self._path = path
        self._shared = shared
        self._lifetime = lifetime
        self._now = now
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
        if self._opened is None:
            async with self._opening:
                if self._opened is None:
                    self._opened = await self._open()
        return self._opened

    async def close(self) -> None:
        """Close the database, if it was opened."""
        if self._opened is not None:
            await self._opened.close()

    async def _open(self) -> "OpenState":
        # The import takes a fifth of a second, during which other callers' streams should flow.
        await asyncio.to_thread(import_module, "codex2api.store.opened")
        from codex2api.store.opened import (  # noqa: PLC0415 (see the module's text)
            open_shared_state,
            open_state,
        )

        if self._shared is not None:
            folder = self._path.parent
            return await open_shared_state(self._shared, folder, self._lifetime, self._now)
        return await open_state(self._path, self._lifetime, self._now)
