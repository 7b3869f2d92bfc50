"""The accounts of these settings: token files, or the database that replicas share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex2api.accounts.ports import AccountStore
    from codex2api.settings import Settings


@asynccontextmanager
async def account_store(settings: "Settings") -> "AsyncIterator[AccountStore]":
    """Open where accounts are kept, for a command; it is closed in the end."""
    if settings.store.url is None:
        from codex2api.store.tokenfile import TokenFiles

        yield TokenFiles(settings.data_dir)
        return
    from codex2api.store.shared import SharedStore

    keys = [key.get_secret_value() for key in settings.store.secret_key]
    shared = SharedStore(settings.store.url, keys)
    try:
        yield shared.accounts
    finally:
        await shared.close()
