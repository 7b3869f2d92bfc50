"""Which models the signed-in accounts can use now."""

import asyncio
from dataclasses import dataclass

from codex2api.accounts.pool import AccountPool, AccountState, nobody
from codex2api.catalog.models import Catalog, union
from codex2api.errors import ApiError
from codex2api.upstream.models import LiveModels


@dataclass(frozen=True, slots=True)
class VisibleModels:
    """Puts the accounts' lists together.

    Attributes:
        pool: Which accounts there are.
        models: What each of them can use.
    """

    pool: AccountPool
    models: LiveModels

    async def catalog(self, label: str | None) -> Catalog:
        """The models of all accounts, or of the one of a label.

        Before the sign-in it is the packaged list: clients ask for it when they are set up.

        Raises:
            ApiError: ``NO_ACCOUNT``, if nobody has the label.
        """
        try:
            accounts = await self.pool.overview()
        except ApiError:  # every token file is damaged
            accounts = []
        wanted = [account for account in accounts if label in (None, account.label)]
        if label is not None and not wanted:
            raise nobody(label)
        lists = await asyncio.gather(*map(self._of, wanted))
        known = [catalog for catalog in lists if catalog is not None]
        return union(known) if known else self.models.known()

    async def _of(self, account: AccountState) -> Catalog | None:
        try:
            async with self.pool.lease(only=account.label) as lease:
                return await self.models.catalog(lease.credential)
        except ApiError:  # it rests, or wants a person; its models come back with it
            return self.models.heard(account.account_id)
