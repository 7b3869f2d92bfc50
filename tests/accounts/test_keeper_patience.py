"""While an old token lives, nobody waits long for a new one, nor fails because of a store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from codex2api.accounts.account import Account
from codex2api.accounts.keeper import TokenKeeper
from codex2api.errors import ApiError, Kind
from tests.accounts.fakes import ManualClock, MemoryStore, ScriptedIssuer, account


class AwayStore(MemoryStore):
    """Its turns are in a database that cannot be reached."""

    @asynccontextmanager
    async def refresh_turn(self, label: str) -> AsyncIterator[Account]:
        raise ApiError(Kind.STORAGE_UNAVAILABLE, "away")
        yield self.held[label]


def keeper_of(store: MemoryStore, issuer: ScriptedIssuer, patience: float = 5.0) -> TokenKeeper:
    return TokenKeeper(store, issuer, now=ManualClock(), patience=patience)


async def test_a_living_token_serves_on_while_the_store_is_away() -> None:
    old, issuer = account(lives=200), ScriptedIssuer()
    keeper = keeper_of(AwayStore(old), issuer)
    assert (await keeper.fresh(old)).access_token == "access-0"
    assert issuer.calls == []


async def test_a_dead_token_is_no_credential_though_the_store_is_away() -> None:
    old, issuer = account(lives=-1), ScriptedIssuer()
    with pytest.raises(ApiError) as caught:
        await keeper_of(AwayStore(old), issuer).fresh(old)
    assert caught.value.kind is Kind.STORAGE_UNAVAILABLE
    assert issuer.calls == []


async def test_a_slow_refresh_is_not_awaited_while_the_old_token_lives() -> None:
    old, issuer = account(lives=200), ScriptedIssuer()
    store = MemoryStore(old)
    keeper = keeper_of(store, issuer, patience=0.0)
    issuer.gate.clear()
    assert (await keeper.fresh(old)).access_token == "access-0"
    assert (await keeper.fresh(old)).access_token == "access-0"
    issuer.gate.set()
    await keeper.settle()
    assert (await keeper.fresh(store.held["default"])).access_token == "access-new-1"
    assert len(issuer.calls) == 1


async def test_a_slow_refresh_is_awaited_once_the_old_token_is_dead() -> None:
    old, issuer = account(lives=-1), ScriptedIssuer()
    keeper = keeper_of(MemoryStore(old), issuer, patience=0.0)
    issuer.gate.clear()
    asking = asyncio.create_task(keeper.fresh(old))
    await issuer.asked.wait()
    assert not asking.done()
    issuer.gate.set()
    assert (await asking).access_token == "access-new-1"
