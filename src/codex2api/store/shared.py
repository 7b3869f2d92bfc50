"""Everything that replicas share, put together."""

import secrets
from collections.abc import Sequence

from codex2api.store.accounts import SharedAccounts
from codex2api.store.claims import Claims
from codex2api.store.postgres import PostgresDatabase
from codex2api.store.sealing import Sealer


class SharedStore:
    """A PostgreSQL and the accounts in it; making it opens nothing.

    Args:
        url: Of the database.
        keys: For the accounts in it; the first encrypts.

    Attributes:
        database: For whatever else is shared.
        accounts: An ``AccountStore``.
    """

    def __init__(self, url: str, keys: Sequence[str]) -> None:
        self.database = PostgresDatabase(url)
        claims = Claims(self.database, owner=secrets.token_hex(8))
        self.accounts = SharedAccounts(self.database, Sealer(keys), claims)

    def takes_writes(self) -> bool:
        """Whether refreshed tokens could be saved, as far as we know."""
        return not self.database.is_read_only

    async def close(self) -> None:
        """Save what is to be saved, and close every connection."""
        await self.accounts.close()
        await self.database.close()
