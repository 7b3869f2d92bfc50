"""Accounts in the database that replicas share: an ``AccountStore``.

Requests are served from a copy in memory that is compared with the database once a second, and go
on being served from it while the database is away. What must not be lost is a rotated refresh
token: the old one is spent, so the new one is kept here until the database has it, whatever happens
to the database meanwhile. Why it is so: ``docs/adr/0021-replicas.md``.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import cast

import structlog

from codex2api.accounts.account import Account, TokenSet
from codex2api.errors import ApiError
from codex2api.store.account_copy import AccountCopy
from codex2api.store.account_rows import (
    Entry,
    Save,
    read_all,
    read_one,
    remove,
    reseal,
    save,
    upsert,
)
from codex2api.store.claims import Claims
from codex2api.store.engine import Database
from codex2api.store.labels import absent, check_label
from codex2api.store.sealing import Sealer

_GLANCE = 1.0
"""Seconds for which the copy is good."""

_WAIT_FOR_GLANCE = 1.0
"""Seconds that a request waits for a look at the database before it takes the copy as it is."""

_WAIT_FOR_SAVE = 10.0
_SAVE_AGAIN = 0.5
_LAST_TRY = 5.0
"""Seconds that a server which ends waits for tokens to be saved."""

_log = structlog.get_logger()


class SharedAccounts:
    """Accounts of all replicas.

    Args:
        database: Where they are.
        sealer: Encrypts them.
        claims: Says who may refresh one.
        glance: Seconds for which one look at the database is good.
        patience: Seconds that a refresh waits for new tokens to be saved.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        claims: Claims,
        *,
        glance: float = _GLANCE,
        patience: float = _WAIT_FOR_SAVE,
    ) -> None:
        self._database = database
        self._copy = AccountCopy(sealer)
        self._claims = claims
        self._glance = glance
        self._patience = patience
        self._held: dict[str, Entry] = {}
        self._complete = False
        self._looked = 0.0
        self._look: asyncio.Task[None] | None = None
        self._behind = False
        self._savers: dict[str, asyncio.Task[None]] = {}

    async def accounts(self) -> Sequence[Account]:
        """All accounts, ``default`` first, then by label; at most about a second old.

        Raises:
            ApiError: ``STORAGE_UNAVAILABLE``, if they were never read and cannot be now;
                ``SIGN_IN_REQUIRED``, if no key opens any of them.
        """
        # What was never read is looked for each time: nothing is no answer for a second.
        if not self._complete or time.monotonic() - self._looked >= self._glance:
            await self._look_again()
        if self._copy and not self._copy.known:
            raise self._copy.first_closed()
        return self._copy.known

    async def add(self, account: Account) -> None:
        """Keep a new sign-in in place of what the label held before.

        Raises:
            ApiError: ``BAD_REQUEST`` for a label that is none; the database failed.
        """
        label = account.label
        check_label(label)
        async with self._claims.take(label):
            before = await self._database.read(partial(read_one, label))
            entry = self._copy.sealed(account, before)
            await self._database.write(partial(upsert, label, entry))
            self._copy.drop(label)
            self._copy.take(label, entry)

    async def save_tokens(self, label: str, tokens: TokenSet) -> Account:
        """As the port says; while the database is away, they are kept here until it has them.

        Raises:
            ApiError: ``NO_ACCOUNT``, if the account was signed out meanwhile.
        """
        self._copy.keep(label, tokens, over=self._held[label])
        saved = False
        try:
            saved = await self._saved_in_time(label)
        finally:
            if not saved:
                self._use_unsaved(label)
        mine = self._copy.unsaved(label)
        if saved and mine is not None:
            self._held[label] = mine.entry  # this turn may save once more
        return self._copy.account(label)

    async def remove(self, label: str) -> None:
        """Forget an account.

        Raises:
            ApiError: ``NO_ACCOUNT``, if there is none; the database failed.
        """
        async with self._claims.take(label):
            there = await self._database.write(partial(remove, label))
            self._copy.drop(label)
            self._copy.take(label, None)
        if not there:
            raise absent(label)

    async def pause(self, label: str, paused: bool) -> None:
        """Take down whether an account is to serve; its tokens stay as they are.

        Raises:
            ApiError: ``NO_ACCOUNT``, if there is none; the database failed.
        """
        async with self.refresh_turn(label) as account:
            before = self._held[label]
            entry = self._copy.sealed(replace(account, paused=paused), before)
            await self._database.write(partial(upsert, label, entry))
            self._copy.drop(label)
            self._copy.take(label, entry)

    @asynccontextmanager
    async def refresh_turn(self, label: str) -> AsyncIterator[Account]:
        """As the port says; the row is read again, whatever was known of it."""
        async with self._claims.take(label):
            entry = await self._database.read(partial(read_one, label))
            self._copy.take(label, entry)
            account = self._copy.account(label)
            # What is saved takes the place of this very row, whatever a look finds meanwhile.
            self._held[label] = cast("Entry", entry)
            yield account

    async def close(self) -> None:
        """Try once more to save what is not saved, and give up the rest."""
        if self._savers:
            await asyncio.wait(self._savers.values(), timeout=_LAST_TRY)
        for label in self._savers:
            _log.error("tokens.lost", account=label, reason="the database stayed away")
        tasks = [*self._savers.values(), *([self._look] if self._look else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._claims.close()

    # -- reading ---------------------------------------------------------------------------------

    async def _look_again(self) -> None:
        look = self._look
        if look is None or look.done():
            look = self._look = asyncio.create_task(self._read())
            look.add_done_callback(_seen)
        if not self._complete:
            try:
                await asyncio.shield(look)
            except ApiError:
                if not self._copy:  # else some are known, from a turn
                    raise
        elif not self._behind:
            done, _ = await asyncio.wait([look], timeout=_WAIT_FOR_GLANCE)
            self._behind = not done  # whoever comes next does not wait for it

    async def _read(self) -> None:
        changes, saved = self._copy.changes, self._copy.saved()
        try:
            found = await self._database.read(partial(read_all, self._copy.revisions()))
        except ApiError:
            self._behind = True
            raise
        finally:
            self._looked = time.monotonic()
        self._behind = False
        if changes != self._copy.changes:
            self._looked = 0.0  # something has changed since: this may be older
            return
        self._complete = True
        if found is None:
            return
        self._copy.take_all(found)
        for label in self._copy.gone_back(saved):
            _log.warning("tokens.gone_back", account=label, reason="the database lost a change")
            self._save_later(label)
        await self._reseal()

    async def _reseal(self) -> None:
        """Encrypt with the first key what was encrypted with another."""
        for label, entry, content in self._copy.resealed():
            with suppress(ApiError):  # the log has it; there is no hurry
                await self._database.write(partial(reseal, label, entry, content))

    # -- saving ----------------------------------------------------------------------------------

    async def _saved_in_time(self, label: str) -> bool:
        until = time.monotonic() + self._patience
        while not await self._saved(label):
            if time.monotonic() + _SAVE_AGAIN >= until:
                return False
            await asyncio.sleep(_SAVE_AGAIN)
        return True

    async def _saved(self, label: str) -> bool:
        """Whether nothing is left to be saved of this account, after a try."""
        mine = self._copy.unsaved(label)
        if mine is None:
            return True
        try:
            outcome, entry = await self._database.write(partial(save, label, mine))
        except ApiError:  # the log has it
            return False
        if outcome is Save.OVERTAKEN:
            _log.warning("tokens.overtaken", account=label)
        else:
            self._copy.acknowledge(label, mine)
        self._copy.take(label, entry)
        return True

    def _use_unsaved(self, label: str) -> None:
        if self._copy.use(label):
            _log.warning("tokens.unsaved", account=label, reason="the database is away")
            self._claims.keep(label)
            self._save_later(label)

    def _save_later(self, label: str) -> None:
        if label not in self._savers:
            self._savers[label] = asyncio.create_task(self._save_for_ever(label))

    async def _save_for_ever(self, label: str) -> None:
        while not await self._saved(label):  # noqa: ASYNC110 (nobody can tell us of its return)
            await asyncio.sleep(_SAVE_AGAIN)
        del self._savers[label]
        _log.warning("tokens.saved", account=label)
        await self._claims.let_go(label)


def _seen(look: asyncio.Task[None]) -> None:
    if not look.cancelled():
        look.exception()  # the log has it, also when nobody waited
