"""Accounts as token files: ``data/tokens.json`` and ``data/tokens.LABEL.json``."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import structlog

from codex2api.accounts.account import LABEL, Account, TokenSet
from codex2api.errors import ApiError, Kind
from codex2api.store import tokenform
from codex2api.store.durable import make_private, sync_folder, write_private
from codex2api.store.labels import DEFAULT_LABEL, absent, by_label, check_label, is_label
from codex2api.store.marks import UNKNOWN, Mark, is_settled, mark_of
from codex2api.store.turn import Turns

_FILE = re.compile(rf"tokens(?:\.(?P<label>{LABEL}))?\.json")
_SAVE_AGAIN_AFTER = 30.0
_CHECKED_AT_ONCE = 32
"""Files that one look compares; with fewer accounts it compares all."""

_LASTING = (tokenform.DamagedError, PermissionError, IsADirectoryError)
"""What is wrong with the file itself; anything else may pass while it stays as it is."""

_log = structlog.get_logger()


@dataclass(slots=True)
class _Seen:
    """The folder as it was last read.

    Attributes:
        settled: Whether its marks can be trusted.
        files: What each file held, by its path.
        unchecked: Files whose marks are still to be compared, in this time around.
    """

    folder: Mark
    settled: bool
    accounts: tuple[Account, ...]
    damaged: dict[str, "_File"]
    files: dict[str, "_File"]
    unchecked: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _File:
    """What a file held when it was read: an account, or the reason why there is none.

    Attributes:
        settled: Whether its mark could be trusted then.
        unread: Why it could not be read again, if so: the rest is as it was seen last.
    """

    mark: Mark
    settled: bool
    account: Account | None
    damage: str = ""
    unread: str = ""


@dataclass(slots=True)
class _Unsaved:
    """Tokens that could not be written: they live in memory until the file can be, or changes."""

    account: Account
    mark: Mark
    tried: float = field(default_factory=time.monotonic)


class TokenFiles:
    """An ``AccountStore`` on files; several processes may share the folder.

    Reading is done in place, guarded by a few ``stat`` calls: a file of some kilobytes costs less
    than a thread. Writing waits for the disk, and does so in a thread.

    Args:
        data_dir: The folder; created, private, with the first sign-in.
        glance: Seconds for which one look at the folder is good; a busy server needs no more.
    """

    def __init__(self, data_dir: Path, glance: float = 0.0) -> None:
        self._folder = data_dir
        self._turns = Turns(data_dir)
        self._glance = glance
        self._looked = 0.0
        self._seen: _Seen | None = None
        self._unsaved: dict[str, _Unsaved] = {}

    async def accounts(self) -> Sequence[Account]:
        """All accounts, ``default`` first, then by label.

        Raises:
            ApiError: ``SIGN_IN_REQUIRED``, if there are token files and all of them are damaged;
                ``STORAGE_UNAVAILABLE``, if they were never read and cannot be now.
        """
        if self._unsaved:
            await self._save_again()
        seen = self._look()
        if seen.damaged and not seen.accounts:
            raise self._refusal(*next(iter(seen.damaged.items())))
        return seen.accounts

    async def add(self, account: Account) -> None:
        """Keep a new sign-in; what the label held before is replaced, a damaged file put aside.

        Raises:
            ApiError: ``BAD_REQUEST`` for a label that is no file name; ``INTERNAL`` if the file
                cannot be written.
        """
        check_label(account.label)
        async with self._turns.take(self._name(account.label)):
            try:
                await asyncio.to_thread(self._write, account)
            except OSError as error:
                raise ApiError(
                    Kind.INTERNAL, f"The sign-in could not be saved: {error.strerror}."
                ) from error
            self._unsaved.pop(account.label, None)
            self._forget(account.label)

    async def save_tokens(self, label: str, tokens: TokenSet) -> Account:
        """As the port says; tokens that cannot be written are kept in memory, with a warning."""
        account = self._account(label).refreshed(tokens)
        await self._save(account)
        return account

    async def remove(self, label: str) -> None:
        """Delete an account's file.

        Raises:
            ApiError: ``NO_ACCOUNT``, if there is none.
        """
        if not is_label(label):
            raise absent(label)
        async with self._turns.take(self._name(label)):
            self._unsaved.pop(label, None)
            await asyncio.to_thread(self._delete, label)
            self._forget(label)

    async def pause(self, label: str, paused: bool) -> None:
        """Take down whether an account is to serve; its tokens stay as they are.

        Raises:
            ApiError: ``NO_ACCOUNT``, if there is none; ``INTERNAL`` if the file cannot be written.
        """
        if not is_label(label):
            raise absent(label)
        async with self.refresh_turn(label) as account:
            try:
                await asyncio.to_thread(self._write, replace(account, paused=paused))
            except OSError as error:
                raise ApiError(
                    Kind.INTERNAL, f"This could not be saved: {error.strerror}."
                ) from error
            self._forget(label)

    @asynccontextmanager
    async def refresh_turn(self, label: str) -> AsyncIterator[Account]:
        """As the port says; the file is read again, whatever was known of it.

        Raises:
            ApiError: ``STORAGE_UNAVAILABLE``, if it cannot be: a token may be spent by now.
        """
        async with self._turns.take(self._name(label)):
            self._forget(label)
            account = self._account(label)
            if unread := self._unread(label):
                raise _unreadable(self._path(label), unread)
            yield account

    def _account(self, label: str) -> Account:
        seen = self._look()
        for account in seen.accounts:
            if account.label == label:
                return account
        if label in seen.damaged:
            raise self._refusal(label, seen.damaged[label])
        raise absent(label)

    def _refusal(self, label: str, file: _File) -> ApiError:
        """What a caller is told of a file that holds no account."""
        path = self._path(label)
        if not file.damage:
            return _unreadable(path, file.unread)
        return ApiError(
            Kind.SIGN_IN_REQUIRED,
            f"The token file {path.name} is damaged: {file.damage}. It was left as it is: restore "
            "it, or run `codex2api login`, which puts it aside.",
        )

    # -- reading ---------------------------------------------------------------------------------

    def _look(self) -> _Seen:
        seen, now = self._seen, time.monotonic()
        if seen is not None and seen.settled and now - self._looked < self._glance:
            return seen
        self._looked = now
        if seen is None or not seen.settled or self._changed(seen):
            seen = self._seen = self._read({} if seen is None else seen.files)
        return seen

    def _changed(self, seen: _Seen) -> bool:
        """Whether the folder, or one of the next few files, is another one than was read.

        Whoever puts a new file in the place of an old one changes the folder, so that this is seen
        at once. Only where there are many files may it take some looks to see that one of them was
        written over in its place.
        """
        if mark_of(self._folder) != seen.folder:
            return True
        if not seen.unchecked:
            seen.unchecked = list(seen.files)
        for _ in range(min(_CHECKED_AT_ONCE, len(seen.unchecked))):
            path = seen.unchecked.pop()
            if mark_of(path) != seen.files[path].mark:
                return True
        return False

    def _read(self, known: Mapping[str, _File]) -> _Seen:
        """The folder as it is now; files that look as they did are not read again."""
        folder = mark_of(self._folder)
        files: dict[str, _File] = {}
        accounts: list[Account] = []
        damaged: dict[str, _File] = {}
        names = self._names()
        if names is None:
            folder, names = UNKNOWN, sorted(Path(path).name for path in known)
        for label, path in self._files(names):
            file = self._read_one(label, path, known.get(path))
            if file is None:
                continue
            files[path] = file
            if file.account is None:
                damaged[label] = file
            else:
                accounts.append(file.account)
        accounts += [
            kept.account
            for label, kept in self._unsaved.items()
            if mark_of(self._path(label)) is None
        ]
        accounts.sort(key=lambda account: by_label(account.label))
        settled = is_settled(folder) and all(file.settled for file in files.values())
        return _Seen(folder, settled, tuple(accounts), damaged, files)

    def _forget(self, label: str) -> None:
        """Have a file read again at the next look, however it looks."""
        if self._seen is None:
            return
        self._seen.settled = False
        path = str(self._path(label))
        if path in self._seen.files:
            self._seen.files[path] = replace(self._seen.files[path], settled=False)

    def _unread(self, label: str) -> str:
        """Why a file could not be read at the last look, if so."""
        file = self._seen and self._seen.files.get(str(self._path(label)))
        return file.unread if file else ""

    def _names(self) -> list[str] | None:
        """What is in the folder; ``None`` if that cannot be told now, and was before."""
        try:
            return sorted(entry.name for entry in os.scandir(self._folder))
        except FileNotFoundError:
            return []
        except OSError as error:
            if self._seen is None:
                raise _unreadable(self._folder, str(error.strerror)) from error
            return None

    def _files(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Labels and paths of the token files among names."""
        found = [(match["label"], name) for name in names if (match := _FILE.fullmatch(name))]
        # tokens.default.json would be a second file for a label that has one.
        return [
            (label or DEFAULT_LABEL, os.path.join(self._folder, name))  # noqa: PTH118 (many)
            for label, name in found
            if label != DEFAULT_LABEL
        ]

    def _read_one(self, label: str, path: str, known: _File | None) -> _File | None:
        """What a file holds; ``None`` if it is gone."""
        mark = mark_of(path)
        if kept := self._unsaved.get(label):
            if mark in (kept.mark, UNKNOWN):
                return _File(mark, is_settled(mark), kept.account)
            del self._unsaved[label]  # somebody else wrote: theirs is newer
        if known is not None and known.settled and known.mark == mark:
            return known
        return None if mark is None else self._read_now(label, Path(path), mark, known)

    def _read_now(self, label: str, path: Path, mark: Mark, known: _File | None) -> _File | None:
        settled = is_settled(mark)
        try:
            account = tokenform.read(label, path.read_bytes())
        except FileNotFoundError:
            return None
        except _LASTING as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            reason = reason or "it cannot be read"
            _log.error("tokens.damaged", file=path.name, reason=reason)
            return _File(mark, settled, None, reason)
        except OSError as error:
            known = known or _File(mark, settled=False, account=None)
            reason = error.strerror or "it cannot be read"
            if known.unread != reason:
                _log.warning("tokens.unread", file=path.name, reason=reason)
            return replace(known, mark=mark, settled=False, unread=reason)
        _tighten(path)
        return _File(mark, settled, account)

    # -- writing ---------------------------------------------------------------------------------

    async def _save(self, account: Account) -> None:
        label = account.label
        mark = mark_of(self._path(label))
        self._forget(label)
        try:
            await asyncio.to_thread(self._write, account)
        except OSError as error:
            self._unsaved[label] = _Unsaved(account, mark)
            _log.warning("tokens.unsaved", account=label, reason=error.strerror)
        else:
            self._unsaved.pop(label, None)
        self._forget(label)

    def _write(self, account: Account) -> None:
        make_private(self._folder)
        path = self._path(account.label)
        write_private(path, tokenform.write(account, self._before(path), time.time()))

    def _before(self, path: Path) -> dict[str, Any]:
        """The fields that the file holds now; a damaged one is put aside, never overwritten."""
        try:
            return tokenform.fields(path.read_bytes())
        except FileNotFoundError:
            return {}
        except tokenform.DamagedError:
            aside = path.with_name(f"{path.name}.corrupt-{time.time_ns()}")
            path.rename(aside)
            _log.warning("tokens.put_aside", file=path.name, kept_as=aside.name)
            return {}

    async def _save_again(self) -> None:
        """Try once more, now and then, where nobody has to wait for it."""
        for label, kept in list(self._unsaved.items()):
            waited = time.monotonic() - kept.tried
            if waited <= _SAVE_AGAIN_AFTER or self._turns.busy(self._name(label)):
                continue
            kept.tried = time.monotonic()
            with suppress(ApiError):  # another process has the turn
                async with self._turns.take(self._name(label), patience=0.0):
                    if label in self._unsaved and kept.mark == mark_of(self._path(label)):
                        await self._save(kept.account)

    def _delete(self, label: str) -> None:
        path = self._path(label)
        target = Path(os.path.realpath(path))
        try:
            path.unlink()
        except FileNotFoundError:
            raise absent(label) from None
        if target != path:
            target.unlink(missing_ok=True)
        sync_folder(self._folder)

    # -- names -----------------------------------------------------------------------------------

    def _path(self, label: str) -> Path:
        return self._folder / f"{self._name(label)}.json"

    def _name(self, label: str) -> str:
        return "tokens" if label == DEFAULT_LABEL else f"tokens.{label}"


def _tighten(path: Path) -> None:
    if os.name == "nt":
        return
    try:
        if not path.stat().st_mode & 0o077:
            return
        path.chmod(0o600)
    except OSError as error:
        _log.warning("tokens.readable_by_others", file=path.name, reason=error.strerror)
    else:
        _log.warning("tokens.tightened", file=path.name)


def _unreadable(path: Path, reason: str) -> ApiError:
    message = f"{path.name} cannot be read at the moment: {reason}. Try again a little later."
    return ApiError(Kind.STORAGE_UNAVAILABLE, message, retry_after=2.0)
