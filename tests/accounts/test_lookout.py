"""Who is asked how they stand, and how rarely."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from codex2api.accounts.account import Account, Credential
from codex2api.accounts.conversation import Named
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import RateLimits, Window
from codex2api.accounts.lookout import Lookout
from codex2api.accounts.policy import Balanced, RoundRobin
from codex2api.accounts.pool import AccountPool
from codex2api.errors import ApiError, Kind
from tests.accounts.fakes import NOW, ManualClock, MemoryStore, ScriptedIssuer, account, tokens


class House:
    """A lookout with all that it needs; it is its own ``UsageDesk``."""

    def __init__(self, *accounts: Account) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(*accounts)
        self.issuer = ScriptedIssuer(clock=self.clock)
        keeper = TokenKeeper(self.store, self.issuer, now=self.clock)
        self.pool = AccountPool(self.store, keeper, now=self.clock)
        self.lookout = Lookout(self.pool, self, now=self.clock)
        self.asked: list[str] = []
        self.failures: list[ApiError] = []
        self._talks: Iterator[int] = iter(range(1000))

    async def usage(self, credential: Credential) -> RateLimits:
        self.asked.append(credential.account_id.removeprefix("workspace-"))
        if self.failures:
            raise self.failures.pop(0)
        return RateLimits((Window(300, 7.0, self.clock() + 900, self.clock()),), reached=False)

    async def serves(self, **wish: str) -> None:
        talk = Named(f"talk-{next(self._talks)}", under_way=False)
        async with self.pool.lease(talk, **wish):  # type: ignore[arg-type]
            pass

    async def glances(self, times: int, seconds: float = 5) -> None:
        for _ in range(times):
            await self.lookout.glance()
            self.clock.at += seconds


async def test_at_the_start_each_is_asked_once_one_at_a_time() -> None:
    house = House(account("a"), account("b"), account("c"))
    await house.lookout.glance()
    assert len(house.asked) == 1
    await house.glances(20)
    assert sorted(house.asked) == ["a", "b", "c"]
    assert [w.used_percent for w in house.pool.limits("a").windows] == [7.0]


async def test_a_single_account_is_never_asked() -> None:
    house = House(account())
    await house.serves()
    await house.glances(5)
    assert house.asked == []
    await House().glances(1)


async def test_nobody_is_asked_where_nobody_compares() -> None:
    house = House(account("a"), account("b"))
    house.pool.follow(RoundRobin())
    await house.glances(3)
    assert house.asked == []

    house.pool.follow(Balanced())
    await house.glances(1)
    assert len(house.asked) == 1


async def test_news_from_before_the_clock_was_set_back_is_old() -> None:
    house = House(account("a"), account("b"))
    await house.glances(10)
    house.clock.at -= 86_400
    await house.serves()
    await house.glances(10)
    assert sorted(house.asked) == ["a", "a", "b", "b"]


async def test_old_news_is_asked_for_again_when_somebody_compares() -> None:
    house = House(account("a"), account("b"))
    await house.glances(10)
    house.clock.at += 900
    await house.glances(10)
    assert len(house.asked) == 2, "nobody has compared the accounts meanwhile"
    await house.serves()
    await house.glances(10)
    assert len(house.asked) == 4
    await house.serves()
    await house.glances(10)
    assert len(house.asked) == 4, "the news is fresh"


async def test_who_speaks_anyway_is_not_asked() -> None:
    house = House(account("a"), account("b"))
    house.pool.learn_limits("a", RateLimits((Window(300, 1.0, None, NOW),)))
    await house.glances(10)
    assert house.asked == ["b"]


async def test_who_rests_is_not_asked() -> None:
    house = House(account("a"), account("b"))
    lease = await house.pool.lend(only="a")
    house.pool.learn(lease, ApiError(Kind.LIMIT_REACHED, "full", retry_after=6000))
    house.pool.take_back(lease)
    await house.glances(10)
    assert house.asked == ["b"]


async def test_a_failure_is_not_asked_again_at_once() -> None:
    house = House(account("a"), account("b"))
    house.failures = [ApiError(Kind.UPSTREAM_UNAVAILABLE, "no")] * 2
    await house.glances(20)
    assert len(house.asked) == 2
    assert house.pool.limits("a").windows == ()


async def test_a_refused_token_is_renewed_once() -> None:
    house = House(account("a"), account("b", number=1))
    house.failures = [ApiError(Kind.SIGN_IN_REQUIRED, "refused")]
    await house.lookout.glance()
    assert len(house.asked) == 2
    assert len(house.issuer.calls) == 1
    assert house.store.held[house.asked[0]].tokens != tokens(0)


async def test_what_it_hears_of_a_refused_sign_in_retires_the_account() -> None:
    house = House(account("a"), account("b"))
    house.failures = [ApiError(Kind.SIGN_IN_REQUIRED, "refused")] * 2
    await house.lookout.glance()
    states = {state.label: state.state for state in await house.pool.overview()}
    assert sorted(states.values()) == ["active", "sign_in_required"]


async def test_thousands_are_not_looked_at_in_one_glance() -> None:
    house = House(*(account(f"a{number}") for number in range(300)))
    for number in range(300):
        if number != 200:
            limits = RateLimits((Window(300, 1.0, None, NOW + 60),))
            house.pool.learn_limits(f"a{number}", limits)
    await house.glances(3, seconds=0)
    assert house.asked == []
    await house.glances(2, seconds=0)
    assert house.asked == ["a200"]


async def test_it_looks_around_until_it_is_stopped() -> None:
    house, pauses = House(account("a"), account("b")), []
    done = asyncio.Event()

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            done.set()
            await asyncio.Future()

    watching = asyncio.create_task(Lookout(house.pool, house, now=house.clock, sleep=sleep).run())
    await done.wait()
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    assert sorted(house.asked) == ["a", "b"]
    assert pauses == [5.0, 5.0, 5.0]
