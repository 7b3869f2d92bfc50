"""The ledger as the commands read it: where it lies, whether or not a server runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from codex2api.cli.database import has_database, opened_database
from codex2api.texts.shell import _

if TYPE_CHECKING:
    from codex2api.ledger.ports import LedgerStore
    from codex2api.settings import Settings


@asynccontextmanager
async def opened_ledger(settings: "Settings") -> "AsyncIterator[LedgerStore | None]":
    """The ledger; ``None`` if nothing has been recorded yet.

    Raises:
        ApiError: The database cannot be used.
    """
    if not has_database(settings):
        yield None
        return
    from codex2api.store.ledger import SqlLedger

    async with opened_database(settings) as database:
        yield SqlLedger(database)


def nothing_yet(settings: "Settings") -> str:
    """Why there is nothing to show."""
    if settings.ledger.retention_days:
        return _("Nothing has been recorded yet.")
    return _("Nothing is recorded: ledger.retentionDays is 0.")
