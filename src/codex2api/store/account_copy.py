"""The accounts of replicas as one process knows them: rows that it read, and tokens of its own.

Values only: who reads and writes them is ``store/accounts.py``.
"""

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

import structlog

from codex2api.accounts.account import Account, TokenSet
from codex2api.errors import ApiError, Kind
from codex2api.store import tokenform
from codex2api.store.account_rows import Entry, Mine
from codex2api.store.labels import absent, by_label
from codex2api.store.sealing import SealedError, Sealer

_log = structlog.get_logger()


class AccountCopy:
    """A copy of the rows, and what this process has to save, or would have to save again.

    Args:
        sealer: Decrypts and encrypts them.

    Attributes:
        known: The accounts, ``default`` first, then by label.
        changes: How often single rows were taken in: what was read before is older than they are.
    """

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._entries: dict[str, Entry] = {}
        self._mine: dict[str, Mine] = {}
        self.known: tuple[Account, ...] = ()
        self.changes = 0

    def __bool__(self) -> bool:
        return bool(self._entries)

    def revisions(self) -> dict[str, str]:
        """Of every row, by its label."""
        return {label: entry.revision for label, entry in self._entries.items()}

    def take_all(self, entries: Mapping[str, Entry]) -> None:
        """Take in all rows as they are in the database."""
        self._entries = dict(entries)
        self._show()

    def take(self, label: str, entry: Entry | None) -> None:
        """Take in one row as it is in the database; ``None`` if it is not there."""
        self.changes += 1
        self._entries.pop(label, None)
        if entry is not None:
            self._entries[label] = entry
        self._show()

    def account(self, label: str) -> Account:
        """One account.

        Raises:
            ApiError: There is none, or no key opens it.
        """
        entry = self._entries.get(label)
        if entry is None:
            self._mine.pop(label, None)
            raise absent(label)
        return self._opened(label, entry)

    def sealed(self, account: Account, over: Entry | None) -> Entry:
        """A row that holds this account, with the unknown fields of the row before it."""
        content = tokenform.write(account, self._fields(over), time.time())
        return Entry(secrets.token_hex(8), self._sealer.seal(content))

    def first_closed(self) -> ApiError:
        """The error for who asks while no key opens any of them."""
        return _closed(next(iter(self._entries)))

    # -- tokens of this process ------------------------------------------------------------------

    def keep(self, label: str, tokens: TokenSet, over: Entry) -> None:
        """Keep refreshed tokens until they are saved; nobody is shown them yet."""
        before = self._opened(label, over)
        account = before.refreshed(tokens)
        new = self.sealed(account, over)
        rows: tuple[str, ...] = (over.revision,)
        last = self._mine.get(label)
        if last is not None and last.entry.revision == over.revision:
            rows = (last.over[-1], over.revision)  # a database may lose both of our savings
        self._mine[label] = Mine(account, new, over=rows, shown=before)

    def unsaved(self, label: str) -> Mine | None:
        """What is kept of this account, saved or not."""
        return self._mine.get(label)

    def use(self, label: str) -> bool:
        """Show tokens though they are not saved; whether there are any."""
        mine = self._mine.get(label)
        if mine is None:
            return False
        self._mine[label] = replace(mine, shown=mine.account)
        self._show()
        return True

    def acknowledge(self, label: str, mine: Mine) -> None:
        """The database has them. They are kept, in case that it loses them."""
        if self._mine.get(label) is mine:
            self._mine[label] = replace(mine, shown=mine.account, is_saved=True)

    def drop(self, label: str) -> None:
        """Keep nothing of this account: somebody has signed in or out."""
        self._mine.pop(label, None)

    def saved(self) -> list[str]:
        """Labels of accounts whose tokens the database has had."""
        return [label for label, mine in self._mine.items() if mine.is_saved]

    def gone_back(self, labels: Iterable[str]) -> Iterator[str]:
        """Which of these the database has lost again: it shows the row from before."""
        for label in labels:
            mine, entry = self._mine.get(label), self._entries.get(label)
            if mine is not None and entry is not None and entry.revision in mine.over:
                yield label

    def resealed(self) -> list[tuple[str, Entry, bytes]]:
        """Rows that are encrypted with another key than the first, and their content anew."""
        found = []
        for label, entry in self._entries.items():
            if self._sealer.is_current(entry.content):
                continue
            try:
                found.append((label, entry, self._sealer.seal(self._sealer.open(entry.content))))
            except SealedError:
                continue  # told where it is shown
        return found

    # -- inside ----------------------------------------------------------------------------------

    def _show(self) -> None:
        known = []
        for label in sorted(self._entries, key=by_label):
            try:
                known.append(self.account(label))
            except ApiError:
                _log.error("tokens.closed", account=label, reason="no key opens them")
        self.known = tuple(known)

    def _opened(self, label: str, entry: Entry) -> Account:
        mine = self._mine.get(label)
        if mine is not None:
            if entry.revision in mine.over:
                # Not saved yet; or the database has gone back, after a failover that lost a second.
                return mine.shown
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


def _closed(label: str) -> ApiError:
    return ApiError(
        Kind.SIGN_IN_REQUIRED,
        f"The sign-in {label!r} in the database was encrypted with a key that is not in "
        "CODEX2API_SECRET_KEY. Add that key to it, or run `codex2api login` again.",
    )
