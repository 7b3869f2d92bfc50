"""Created keys open running servers, and what they use is known in all of them."""

import asyncio

from codex2api.callers import Callers
from codex2api.callers.keys import ClientKey, KeyStore, new_key
from codex2api.errors import ApiError, Kind
from codex2api.store.keyring import KeyRing
from tests.callers.house import NOW, MemoryKeys, Stage, granted, regrant, used


class Process:
    """A server process, as far as keys go."""

    def __init__(self, store: MemoryKeys | None, every: float = 3600) -> None:
        self.stage = Stage()
        self.callers = Callers([], now=lambda: self.stage.now)
        self.store = store
        self.ring = KeyRing(self._open, self.callers, self.stage.house, every)

    async def _open(self) -> KeyStore | None:
        return self.store

    def outcome(self, secret: str) -> str:
        """The name of who shows the key, or why nobody does."""
        try:
            return self.callers.identify(f"Bearer {secret}", None).name
        except ApiError as error:
            return error.kind.value

    def ask(self, secret: str, tokens: int = 0) -> str:
        caller = self.callers.identify(f"Bearer {secret}", None)
        assert caller.meter is not None
        try:
            caller.meter.enter(caller)
        except ApiError as error:
            return error.kind.value
        caller.meter.leave(caller, "a", used(fresh=tokens) if tokens else None)
        return "served"


def created(
    name: str = "anne", expires: int | None = None, **said: object
) -> tuple[str, ClientKey]:
    return new_key(name, granted(**said), expires, NOW)


async def test_a_created_key_opens_and_a_revoked_one_does_not() -> None:
    store = MemoryKeys()
    one, two = Process(store), Process(store)
    secret, key = created()
    assert one.outcome(secret) == Kind.INVALID_KEY
    await store.add(key)
    for process in (one, two):
        await process.ring.refresh()
        assert process.outcome(secret) == "anne"
    await store.remove("anne")
    for process in (one, two):
        await process.ring.refresh()
        assert process.outcome(secret) == Kind.INVALID_KEY


async def test_a_name_that_is_given_again_inherits_nothing() -> None:
    store, process = MemoryKeys(), Process(None)
    process.store = store
    first, key = created(requests="1/1d")
    await store.add(key)
    await process.ring.refresh()
    assert process.ask(first) == "served"
    assert process.ask(first) == Kind.RATE_LIMITED
    await store.remove("anne")
    second, again = created(requests="1/1d")
    await store.add(again)
    await process.ring.refresh()
    assert process.outcome(first) == Kind.INVALID_KEY
    assert process.ask(second) == "served"
    assert key.id != again.id


async def test_what_is_changed_holds_at_once_and_keeps_what_was_counted() -> None:
    store = MemoryKeys()
    process = Process(store)
    secret, key = created(requests="1/1d")
    await store.add(key)
    await process.ring.refresh()
    held = process.callers.identify(f"Bearer {secret}", None)  # an open WebSocket, say
    assert process.ask(secret) == "served"
    await store.change("anne", regrant(requests="2/1d"))
    await process.ring.refresh()
    assert held.meter is not None
    assert held.meter.caller().grants == granted(requests="2/1d")
    assert process.ask(secret) == "served"
    assert process.ask(secret) == Kind.RATE_LIMITED


async def test_processes_hear_of_each_other_s_requests() -> None:
    store = MemoryKeys()
    one, two = Process(store), Process(store)
    secret, key = created(requests="3/1d", tokens="10/1d")
    await store.add(key)
    for process in (one, two):
        await process.ring.refresh()
        assert process.ask(secret, tokens=4) == "served"
    for process in (one, two, one):
        await process.ring.refresh()
    assert one.ask(secret, tokens=2) == "served"
    await one.ring.refresh()
    assert two.ask(secret) == "served"  # about a second behind
    await two.ring.refresh()
    assert {process.ask(secret) for process in (one, two)} == {Kind.RATE_LIMITED}
    after_a_restart = Process(store)
    await after_a_restart.ring.refresh()
    assert after_a_restart.ask(secret) == Kind.RATE_LIMITED


async def test_nothing_counted_is_lost_while_the_store_fails() -> None:
    store = MemoryKeys()
    process = Process(store)
    secret, key = created(requests="9/1d")
    await store.add(key)
    await process.ring.refresh()
    process.ask(secret)
    store.broken = True
    for _ in range(2):
        try:
            await process.ring.refresh()
        except ApiError:
            process.ask(secret)
    store.broken = False
    assert process.outcome(secret) == "anne"
    await process.ring.refresh()
    assert [count.total for count in store.counts.values()] == [3]
    assert store.seen == {}  # identify alone is no use of a key that Front lets in


async def test_the_last_use_is_told_once_a_minute() -> None:
    store = MemoryKeys()
    process = Process(store)
    secret, key = created()
    await store.add(key)
    await process.ring.refresh()
    meter = process.callers.identify(f"Bearer {secret}", None).meter
    assert meter is not None
    for seconds in (0, 30, 59):
        process.stage.now = NOW + seconds
        meter.caller()
    await process.ring.refresh()
    assert store.seen == {key.id: int(NOW)}
    process.stage.now = NOW + 60
    meter.caller()
    await process.ring.close()
    assert store.seen == {key.id: int(NOW) + 60}


async def test_keys_that_cannot_be_read_are_not_called_wrong() -> None:
    store = MemoryKeys()
    secret, key = created()
    await store.add(key)
    store.broken = True
    process = Process(store, every=0.001)
    await process.ring.start()
    assert process.outcome(secret) == Kind.OVERLOADED
    assert process.outcome("") == Kind.INVALID_KEY
    store.broken = False
    await process.ring.refresh()
    assert process.outcome(secret) == "anne"
    await process.ring.close()


async def test_a_store_that_comes_later_is_found() -> None:
    process = Process(None)
    await process.ring.start()
    process.store = MemoryKeys()
    secret, key = created()
    await process.store.add(key)
    await process.ring.refresh()
    assert process.outcome(secret) == "anne"
    await process.ring.close()


async def test_a_bug_in_one_look_does_not_end_the_looking() -> None:
    store, process = MemoryKeys(), Process(None, every=0.001)
    looks = 0

    async def open_keys() -> KeyStore | None:
        nonlocal looks
        looks += 1
        if looks == 2:
            raise KeyError("bug")
        return store

    ring = KeyRing(open_keys, process.callers, process.stage.house, every=0.001)
    await ring.start()
    secret, key = created()
    await store.add(key)
    async with asyncio.timeout(60):
        while process.outcome(secret) != "anne":  # noqa: ASYNC110  the ring has no such event
            await asyncio.sleep(0.001)
    assert looks > 2
    await ring.close()


async def test_one_of_ten_thousand_is_told_from_the_others() -> None:
    store, process = MemoryKeys(), Process(None)
    process.store = store
    secrets = []
    for number in range(10_000):
        secret, key = created(f"n{number}")
        store.held[key.name] = key
        secrets.append(secret)
    store.version = 1
    await process.ring.refresh()
    assert process.outcome(secrets[0]) == "n0"
    assert process.outcome(secrets[-1]) == "n9999"
    assert process.outcome(secrets[-1][:-1]) == Kind.INVALID_KEY


def test_a_new_key_is_random_and_hides_itself() -> None:
    (one, first), (two, second) = created(), created()
    assert one != two
    assert one.startswith("sk-c2a-")
    assert len(one) == len("sk-c2a-") + 43
    assert first.tail == one[-4:]
    assert one not in repr(first)
    assert one not in str(first.shown(NOW))
    assert {first.id, first.digest} != {second.id, second.digest}
