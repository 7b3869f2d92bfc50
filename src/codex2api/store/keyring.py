"""The created keys as one process knows them, kept like those that are stored."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from codex2api.callers.caller import Caller, KnownKey
from codex2api.callers.keys import ClientKey, KeyList, KeyStore
from codex2api.callers.known import Callers
from codex2api.callers.meter import House, Meter, known_key
from codex2api.errors import ApiError

_EVERY = 1.0
"""Seconds between two looks: what a key may do is known everywhere in less than two."""

_AFTER_FAILURE = (5.0, 10.0, 15.0)
"""Seconds, of one failure after the other; each of them is a line in the log."""

_log = structlog.get_logger()

OpenKeys = Callable[[], Awaitable[KeyStore | None]]
"""Opens the store; ``None`` while there is none, and then nothing is loaded for it."""


class KeyRing:
    """Keeps ``Callers`` up to date, and brings what was counted to the other processes.

    Args:
        open_keys: Where created keys live.
        callers: Told of them.
        house: What their meters share.
        every: Seconds between two looks.
    """

    def __init__(
        self, open_keys: OpenKeys, callers: Callers, house: House, every: float = _EVERY
    ) -> None:
        self._open = open_keys
        self._callers = callers
        self._house = house
        self._every = every
        self._version: int | None = None
        self._held: dict[str, tuple[ClientKey, KnownKey]] = {}
        self._looking = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take in the keys that there are, then look for changes until ``close``."""
        try:
            await self.refresh()
        except ApiError:  # the store's own log has it; the next looks may do better
            self._callers.unread = True
        self._watch = asyncio.create_task(self._look_for_ever())

    async def close(self) -> None:
        """Stop looking; what was counted is told to the others."""
        if self._watch is not None:
            async with self._looking:  # not amid a look: what it tells could be told twice
                self._watch.cancel()
            await asyncio.wait([self._watch])
        with suppress(ApiError):
            await self.refresh()

    async def refresh(self) -> None:
        """Look once.

        Raises:
            ApiError: The store failed; everything stays as it was.
        """
        async with self._looking:
            store = await self._open()
            if store is None:
                self._callers.unread = False
                return
            found = await store.read(self._version)
            if found is not None:
                self._take_in(found)
            await self._tell(store)

    async def _look_for_ever(self) -> None:
        pauses, failures = (self._every, *_AFTER_FAILURE), 0
        while True:
            await asyncio.sleep(pauses[min(failures, len(_AFTER_FAILURE))])
            failures += 1
            try:
                await self.refresh()
            except ApiError:  # logged where it happened; known keys go on working
                continue
            except Exception:  # noqa: BLE001 (a bug must not keep revoked keys good for ever)
                _log.exception("keys.bug")
            failures = 0

    def _take_in(self, found: KeyList) -> None:
        held, self._held = self._held, {}
        for key in found.keys:
            before = held.pop(key.id, None)
            known = before[1] if before and before[0] == key else self._known(key, before)
            self._held[key.id] = (key, known)
        for _, known in held.values():
            self._revoke(known)
        shares = (key.grants.weekly_share for key in found.keys)
        self._house.plan.sharing = any(share is not None for share in shares)
        self._callers.load(known for _, known in self._held.values())
        self._house.books.learn(found.counts)
        self._version = found.version
        _log.info("keys.read", keys=len(self._held))

    def _known(self, key: ClientKey, before: tuple[ClientKey, KnownKey] | None) -> KnownKey:
        meter = before[1].caller.meter if before else None
        meter = meter or Meter(self._house, lasting=True)
        caller = Caller(key.name, id=key.id, grants=key.grants)
        return known_key(self._house, key.digest, caller, key.expires, meter)

    def _revoke(self, known: KnownKey) -> None:
        if known.caller.meter is not None:
            known.caller.meter.holder = None
        self._house.books.forget(known.caller.id)

    async def _tell(self, store: KeyStore) -> None:
        books = self._house.books
        additions, seen = books.take()
        if not additions and not seen:
            return
        told = False
        try:
            books.learn(await store.count(additions, seen))
            told = True
        finally:
            if not told:
                books.put_back(additions, seen)
