"""An account that its owner has paused serves nobody, until they want it to."""

from dataclasses import replace

from codex2api.accounts.account import Account
from codex2api.errors import Kind
from tests.accounts.fakes import account
from tests.accounts.test_pool import House, limit


def paused(known: Account, is_paused: bool = True) -> Account:
    return replace(known, paused=is_paused)


async def states(house: House) -> list[str]:
    return [state.state for state in await house.pool.overview()]


async def test_the_others_serve_meanwhile() -> None:
    house = House(paused(account("a")), account("b"))
    assert [await house.serves() for _ in range(3)] == ["b", "b", "b"]
    assert await states(house) == ["paused", "active"]


async def test_nobody_serves_and_says_why() -> None:
    house = House(paused(account("a")))
    refusal = await house.refuses()
    assert (refusal.kind, refusal.code) == (Kind.FORBIDDEN, "account_paused")
    assert "'a' is paused" in refusal.message
    assert not await house.pool.can_serve()


async def test_it_is_seen_amid_the_work_and_over_when_it_is_over() -> None:
    house = House(account("a"))
    assert await house.serves() == "a"
    house.store.held["a"] = paused(account("a"))
    assert (await house.refuses()).code == "account_paused"
    house.store.held["a"] = paused(account("a"), is_paused=False)
    assert await house.serves() == "a"


async def test_a_limit_that_is_told_meanwhile_does_not_end_it() -> None:
    house = House(account("a"))
    async with house.pool.lease() as lease:
        house.store.held["a"] = paused(account("a"))
        assert await states(house) == ["paused"]
        house.pool.learn(lease, limit(1))
    house.clock.at += 60
    assert (await house.refuses()).code == "account_paused"


async def test_it_can_be_asked_how_it_stands() -> None:
    house = House(paused(account("a")))
    assert (await house.pool.inspect("a")).label == "a"


async def test_who_is_limited_speaks_before_who_is_paused() -> None:
    house = House(account("a"), paused(account("b")))
    await house.fails(limit(5))
    assert (await house.refuses()).kind is Kind.LIMIT_REACHED
