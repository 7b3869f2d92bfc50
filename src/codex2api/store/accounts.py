"""Accounts in the database that replicas share: an ``AccountStore``.

Requests are served from a copy in memory that is compared with the database once a second, and go
on being served from it while the database is away. What must not be lost is a rotated refresh
token: the old one is spent, so the new one is kept here until the database has it, whatever happens
to the database meanwhile. Why it is so: ``docs/adr/0021-replicas.md``.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial

import structlog

from codex2api.accounts.account import Account, TokenSet
from codex2api.errors import ApiError, Kind
from codex2api.store import tokenform
from codex2api.store.account_rows import (
    Entry,
    Mine,
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
from codex2api.store.labels import absent, by_label, check_label
from codex2api.store.sealing import SealedError, Sealer

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
        self._sealer = sealer
        self._claims = claims
        self._glance = glance
        self._patience = patience
        self._entries: dict[str, Entry] = {}
        self._complete = False
        self._known: tuple[Account, ...] = ()
        self._mine: dict[str, Mine] = {}
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
        if time.monotonic() - self._looked >= self._glance:
            await self._look_again()
        if self._entries and not self._known:
            raise _closed(next(iter(self._entries)))
        return self._known

    async def add(self, account: Account) -> None:
        """Keep a new sign-in in place of what the label held before.

        Raises:
            ApiError: ``BAD_REQUEST`` for a label that is none; the database failed.
        """
        label = account.label
        check_label(label)
        async with self._claims.take(label):
            before = self._fields(await self._database.read(partial(read_one, label)))
            content = tokenform.write(account, before, time.time())
            entry = Entry(secrets.token_hex(8), self._sealer.seal(content))
            await self._database.write(partial(upsert, label, entry))
            self._mine.pop(label, None)
            self._put(label, entry)

    async def save_tokens(self, label: str, tokens: TokenSet) -> Account:
        """As the port says; while the database is away, they are kept here until it has them.

        Raises:
            ApiError: ``NO_ACCOUNT``, if the account was signed out meanwhile.
        """
        entry = self._entries.get(label)
        if entry is None:
            raise absent(label)
        account = self._opened(label, entry).refreshed(tokens)
        content = tokenform.write(account, self._fields(entry), time.time())
        new = Entry(secrets.token_hex(8), self._sealer.seal(content))
        self._mine[label] = Mine(account, new, over=entry.revision)
        self._show()
        if not await self._saved_in_time(label):
            _log.warning("tokens.unsaved", account=label, reason="the database is away")
            self._claims.keep(label)
            self._save_later(label)
        return self._account(label)

    async def remove(self, label: str) -> None:
        """Forget an account.

        Raises:
            ApiError: ``NO_ACCOUNT``, if there is none; the database failed.
        """
        async with self._claims.take(label):
            there = await self._database.write(partial(remove, label))
            self._mine.pop(label, None)
            self._put(label, None)
        if not there:
            raise absent(label)

    @asynccontextmanager
    async def refresh_turn(self, label: str) -> AsyncIterator[Account]:
        """As the port says; the row is read again, whatever was known of it."""
        async with self._claims.take(label):
            self._put(label, await self._database.read(partial(read_one, label)))
            yield self._account(label)

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
                if not self._entries:  # else some are known, from a turn
                    raise
        elif not self._behind:
            done, _ = await asyncio.wait([look], timeout=_WAIT_FOR_GLANCE)
            self._behind = not done  # whoever comes next does not wait for it

    async def _read(self) -> None:
        known = {label: entry.revision for label, entry in self._entries.items()}
        saved = [label for label, mine in self._mine.items() if mine.is_saved]
        try:
            found = await self._database.read(partial(read_all, known))
        except ApiError:
            self._behind = True
            raise
        finally:
            self._looked = time.monotonic()
        self._behind, self._complete = False, True
        if found is None:
            return
        self._entries = found
        self._show()
        for label in saved:
            self._save_if_lost(label)
        await self._reseal()

    def _put(self, label: str, entry: Entry | None) -> None:
        """Take in one row as it is in the database."""
        self._entries.pop(label, None)
        if entry is not None:
            self._entries[label] = entry
        self._show()

    def _show(self) -> None:
        """Make up the accounts anew, from the rows and what is still to be saved."""
        known = []
        for label in sorted(self._entries, key=by_label):
            try:
                known.append(self._account(label))
            except ApiError:
                _log.error("tokens.closed", account=label, reason="no key opens them")
        self._known = tuple(known)

    def _account(self, label: str) -> Account:
        entry = self._entries.get(label)
        if entry is None:
            self._mine.pop(label, None)
            raise absent(label)
        return self._opened(label, entry)

    def _opened(self, label: str, entry: Entry) -> Account:
        mine = self._mine.get(label)
        if mine is not None:
            if entry.revision == mine.over:
                # Not saved yet; or the database has gone back, after a failover that lost a second.
                return mine.account
            if entry.revision != mine.entry.revision:
                del self._mine[label]  # somebody else wrote: theirs is newer
        try:
            return tokenform.read(label, self._sealer.open(entry.content))
        except (SealedError, tokenform.DamagedError):
            raise _closed(label) from None

    def _fields(self, entry: Entry | None) -> dict[str, object]:
        """What a row holds besides, to be kept; nothing of one that no key opens."""
        try:
            return tokenform.fields(self._sealer.open(entry.content)) if entry else {}
        except (SealedError, tokenform.DamagedError):
            return {}

    # -- saving ----------------------------------------------------------------------------------

    def _save_if_lost(self, label: str) -> None:
        """Save again what the database had, and has no more."""
        mine, entry = self._mine.get(label), self._entries.get(label)
        if mine is not None and entry is not None and entry.revision == mine.over:
            _log.warning("tokens.gone_back", account=label, reason="the database lost a change")
            self._save_later(label)

    async def _reseal(self) -> None:
        """Encrypt with the first key what was encrypted with another."""
        for label, entry in list(self._entries.items()):
            if self._sealer.is_current(entry.content):
                continue
            with suppress(SealedError, ApiError):  # told elsewhere; there is no hurry
                content = self._sealer.seal(self._sealer.open(entry.content))
                await self._database.write(partial(reseal, label, entry, content))

    async def _saved_in_time(self, label: str) -> bool:
        until = time.monotonic() + self._patience
        while not await self._saved(label):
            if time.monotonic() + _SAVE_AGAIN >= until:
                return False
            await asyncio.sleep(_SAVE_AGAIN)
        return True

    async def _saved(self, label: str) -> bool:
        """Whether nothing is left to be saved of this account, after a try."""
        mine = self._mine.get(label)
        if mine is None:
            return True
        try:
            outcome, entry = await self._database.write(partial(save, label, mine))
        except ApiError:  # the log has it
            return False
        if outcome is Save.OVERTAKEN:
            _log.warning("tokens.overtaken", account=label)
        elif self._mine.get(label) is mine:
            self._mine[label] = replace(mine, is_saved=True)
        self._put(label, entry)
        return True

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


def _closed(label: str) -> ApiError:
    return ApiError(
        Kind.SIGN_IN_REQUIRED,
        f"The sign-in {label!r} in the database was encrypted with a key that is not in "
        "CODEX2API_SECRET_KEY. Add that key to it, or run `codex2api login` again.",
    )
