"""The live model list of each account, with the packaged one until it is known."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import structlog

from codex2api.accounts.account import AccountKind, Credential
from codex2api.catalog.entries import read_catalog
from codex2api.catalog.fallback import FALLBACK
from codex2api.catalog.models import Catalog
from codex2api.errors import ApiError, Kind
from codex2api.upstream import failures
from codex2api.upstream.backend import Backend
from codex2api.upstream.failures import Circumstances

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds; the list is worth a short wait before the first answer, and no more."""

_FRESH = 300.0
_PAUSE_AFTER_FAILURE = 30.0


class ModelList(Protocol):
    """Who is asked for a list."""

    async def fetch(self, credential: Credential, known: Catalog | None) -> Catalog:
        """The account's list as it is now; ``known`` itself if that has not changed.

        Raises:
            ApiError: It was not told.
        """


_NO_OTHER: Mapping[AccountKind, ModelList] = MappingProxyType({})


@dataclass(slots=True)
class _Shelf:
    """What is known of one account's list.

    Attributes:
        due: When to ask again, by the monotonic clock; 0 until an asking has ended, well or not.
        noticed: The mark last seen on another answer, so that one change causes one fetch.
        fetch: Under way, for all who ask.
    """

    catalog: Catalog | None = None
    due: float = 0.0
    noticed: str | None = None
    fetch: asyncio.Task[None] | None = field(default=None, repr=False)


class LiveModels:
    """Model lists by account: asked for once at a time, refreshed behind the callers' backs.

    Args:
        backend: Where to ask.
        fallback: What counts until the first answer, and if there never is one.
        clock: Monotonic seconds.
        others: Who is asked for accounts of other kinds than Codex'.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        fallback: Catalog = FALLBACK,
        clock: Callable[[], float] = time.monotonic,
        others: Mapping[AccountKind, ModelList] = _NO_OTHER,
    ) -> None:
        self._lists: Mapping[AccountKind, ModelList] = {
            AccountKind.CODEX: BackendModels(backend),
            **others,
        }
        self._fallback = fallback
        self._clock = clock
        self._shelves: dict[str, _Shelf] = {}
        self._latest: Catalog | None = None

    def known(self) -> Catalog:
        """The list heard last, of whichever account; the packaged one before that."""
        return self._latest or self._fallback

    def offers(self, name: str) -> bool:
        """Whether the list heard last has a model of this name, or its alias."""
        return self._latest is not None and self._latest.find(name) is not None

    def heard(self, account_id: str) -> Catalog | None:
        """The list heard last of an account, if there was one."""
        shelf = self._shelves.get(account_id)
        return shelf.catalog if shelf else None

    def slug(self, name: str) -> str:
        """The model behind a name that may have an effort at its end, in any list heard.

        A name that is a model somewhere is that model: ``-max`` ends both.
        """
        heard = [shelf.catalog for shelf in self._shelves.values() if shelf.catalog]
        found = [catalog.find(name) for catalog in heard or [self._fallback]]
        slugs = {each.spec.slug for each in found if each is not None}
        return name if name in slugs or not slugs else slugs.pop()

    def names(self) -> frozenset[str]:
        """Of every model in any list heard, and in the packaged one."""
        heard = [shelf.catalog for shelf in self._shelves.values() if shelf.catalog]
        return frozenset(spec.slug for each in (self._fallback, *heard) for spec in each.specs)

    async def catalog(self, credential: Credential | None) -> Catalog:
        """The account's list; only the very first asking waits for the backend."""
        if credential is None:
            return self.known()
        shelf = self._shelves.setdefault(credential.account_id, _Shelf())
        if self._clock() >= shelf.due:
            self._start(shelf, credential)
        if not shelf.due and shelf.fetch is not None:
            await asyncio.wait([shelf.fetch])
        return shelf.catalog or self._fallback

    async def refreshed(self, credential: Credential) -> Catalog:
        """The account's list as it is now.

        Raises:
            ApiError: The backend did not tell.
        """
        shelf = self._shelves.setdefault(credential.account_id, _Shelf())
        await self._ask(shelf, credential)
        return shelf.catalog or self._fallback

    def notice(self, credential: Credential, etag: str | None) -> None:
        """Another answer named the list's mark: a new one starts a fetch."""
        shelf = self._shelves.get(credential.account_id)
        if not etag or shelf is None or shelf.catalog is None or etag == shelf.noticed:
            return
        shelf.noticed = etag
        if _strong(etag) != _strong(shelf.catalog.etag):
            self._start(shelf, credential)

    async def close(self) -> None:
        """Stop what is under way."""
        tasks = [shelf.fetch for shelf in self._shelves.values() if shelf.fetch is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, shelf: _Shelf, credential: Credential) -> None:
        if shelf.fetch is None or shelf.fetch.done():
            shelf.fetch = asyncio.create_task(self._fetch(shelf, credential))

    async def _fetch(self, shelf: _Shelf, credential: Credential) -> None:
        try:
            await self._ask(shelf, credential)
        except ApiError as error:
            # The last good list goes on serving; the call that wanted it tells what is wrong.
            shelf.due = self._clock() + _PAUSE_AFTER_FAILURE
            log.warning("models.fetch_failed", kind=error.kind.value, reason=error.message)

    async def _ask(self, shelf: _Shelf, credential: Credential) -> None:
        found = await self._lists[credential.kind].fetch(credential, shelf.catalog)
        if found is not shelf.catalog:
            shelf.catalog = self._latest = found
        shelf.due = self._clock() + _FRESH


@dataclass(frozen=True, slots=True)
class BackendModels:
    """The codex backend's ``ModelList``."""

    backend: Backend

    async def fetch(self, credential: Credential, known: Catalog | None) -> Catalog:
        """As ``ModelList`` says."""
        etag = known.etag if known else None
        status, headers, body = await self.backend.get(
            f"/codex/models?client_version={self.backend.client_version}",
            credential,
            {"If-None-Match": etag} if etag else {},
            patience=PATIENCE,
        )
        if status == 304 and known is not None:
            return known
        if status != 200:
            about = Circumstances(self.backend.now(), secrets=(credential.access_token,))
            raise failures.from_answer(status, headers, body, about)
        return readable(body, headers.get("etag"))


def readable(body: bytes, etag: str | None) -> Catalog:
    """The catalogue in an answer.

    Raises:
        ApiError: There is none.
    """
    try:
        return read_catalog(body, etag)
    except ValueError as error:
        raise ApiError(
            Kind.UPSTREAM_UNAVAILABLE, "ChatGPT's model list could not be read."
        ) from error


def _strong(etag: str | None) -> str:
    return (etag or "").removeprefix("W/")
