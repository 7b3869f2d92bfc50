"""Lend, count, learn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from codex2api.accounts.account import Account
from codex2api.accounts.conversation import Named
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import RateLimits, Window
from codex2api.accounts.policy import Balanced, FillFirst
from codex2api.accounts.pool import AccountPool
from codex2api.errors import ApiError, Kind
from tests.accounts.fakes import NOW, ManualClock, MemoryStore, ScriptedIssuer, account, tokens

DEAD = ApiError(Kind.SIGN_IN_REQUIRED, "The sign-in has expired.")


class House:
    def __init__(self, *accounts: Account, answers: tuple[ApiError, ...] = ()) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(*accounts)
        self.issuer = ScriptedIssuer(*answers, clock=self.clock)
        self.keeper = TokenKeeper(self.store, self.issuer, now=self.clock)
        self.pool = AccountPool(self.store, self.keeper, now=self.clock)

    async def serves(self, **wish: object) -> str:
        async with self.pool.lease(**wish) as lease:  # type: ignore[arg-type]
            return lease.label

    async def fails(self, error: ApiError, **wish: object) -> str:
        lent: list[str] = []
        with pytest.raises(ApiError) as seen:
            await self._fail(lent, error, **wish)
        assert seen.value is error, "what is learnt still goes on up"
        return lent[0]

    async def _fail(self, lent: list[str], error: ApiError, **wish: object) -> None:
        async with self.pool.lease(**wish) as lease:  # type: ignore[arg-type]
            lent.append(lease.label)
            raise error

    async def refuses(self, **wish: object) -> ApiError:
        with pytest.raises(ApiError) as seen:
            await self.serves(**wish)
        return seen.value


def limit(seconds: float | None = 5) -> ApiError:
    return ApiError(Kind.LIMIT_REACHED, "The 5-hour window is empty.", retry_after=seconds)


async def test_nobody_signed_in() -> None:
    refusal = await House().refuses()
    assert refusal.kind is Kind.NO_ACCOUNT
    assert "codex2api login" in refusal.message


async def test_a_lease_carries_label_and_credential() -> None:
    async with House(account()).pool.lease() as lease:
        assert (lease.label, lease.credential.access_token) == ("default", "access-0")
        assert lease.credential.account_id == "workspace-default"


async def test_renewing_a_lease_changes_its_credential() -> None:
    async with House(account()).pool.lease() as lease:
        assert (await lease.renew()).access_token == "access-new-1"
        assert lease.credential.access_token == "access-new-1"


async def test_it_can_serve_while_one_is_able() -> None:
    house = House(account("a"), account("b"))
    assert await house.pool.can_serve()
    await house.fails(limit(5), only="a")
    assert await house.pool.can_serve()
    await house.fails(limit(5), only="b")
    assert not await house.pool.can_serve()
    assert not await House().pool.can_serve()


async def test_it_cannot_serve_when_every_file_is_damaged() -> None:
    house = House()
    pool = AccountPool(DamagedStore(), house.keeper, now=house.clock)
    assert not await pool.can_serve()


class DamagedStore(MemoryStore):
    async def accounts(self) -> Sequence[Account]:
        raise ApiError(Kind.SIGN_IN_REQUIRED, "The token file is damaged.")


async def test_a_limit_rests_the_account_until_then() -> None:
    house = House(account())
    await house.fails(limit(5))
    house.clock.at += 2
    refusal = await house.refuses()
    assert (refusal.kind, refusal.message) == (Kind.LIMIT_REACHED, "The 5-hour window is empty.")
    assert refusal.retry_after == 3
    house.clock.at += 3
    assert await house.serves() == "default"


async def test_a_limit_that_is_told_again_tells_the_time_that_is_left() -> None:
    house = House(account())
    error = limit(500)
    error.again = lambda now: f"{NOW + 500 - now:.0f} s are left."
    await house.fails(error)
    house.clock.at += 200
    assert (await house.refuses()).message == "300 s are left."
    assert [state.reason for state in await house.pool.overview()] == ["300 s are left."]


async def test_a_limit_without_a_time_rests_until_the_known_refill() -> None:
    house = House(account())
    house.pool.learn_limits("default", RateLimits((Window(300, 100.0, NOW + 900, NOW),)))
    await house.fails(limit(None))
    house.clock.at += 899
    assert (await house.refuses()).kind is Kind.LIMIT_REACHED
    house.clock.at += 2
    assert await house.serves() == "default"


async def test_a_reset_that_has_passed_by_our_clock_is_waited_for_a_moment() -> None:
    house = House(account())
    await house.fails(limit(0))
    assert (await house.refuses()).kind is Kind.LIMIT_REACHED
    house.clock.at += 1
    assert await house.serves() == "default"


async def test_news_that_the_limit_is_lifted_ends_the_rest() -> None:
    house = House(account())
    await house.fails(limit(5000))
    house.pool.learn_limits("default", RateLimits(reached=None))
    assert (await house.refuses()).kind is Kind.LIMIT_REACHED
    house.pool.learn_limits("default", RateLimits(reached=False))
    assert await house.serves() == "default"


async def test_another_account_serves_while_one_rests() -> None:
    house = House(account("a"), account("b"))
    tired = await house.fails(limit(60))
    assert {await house.serves() for _ in range(4)} == {"a", "b"} - {tired}


async def test_when_all_rest_the_soonest_speaks() -> None:
    house = House(account("a"), account("b"))
    await house.fails(limit(60), only="a")
    await house.fails(limit(30), only="b")
    assert (await house.refuses()).retry_after == 30


@pytest.mark.parametrize(
    "kind", [Kind.UPSTREAM_UNAVAILABLE, Kind.UPSTREAM_BLOCKED, Kind.BAD_REQUEST, Kind.OVERLOADED]
)
async def test_other_failures_lock_nobody_out(kind: Kind) -> None:
    house = House(account())
    await house.fails(ApiError(kind, "no"))
    assert await house.serves() == "default"


async def test_a_refused_sign_in_retires_until_the_tokens_change() -> None:
    house = House(account())
    await house.fails(ApiError(Kind.SIGN_IN_REQUIRED, "refused"))
    assert (await house.refuses()).kind is Kind.SIGN_IN_REQUIRED
    house.store.held["default"] = replace(house.store.held["default"], tokens=tokens(3))
    assert await house.serves() == "default"
    assert house.issuer.calls == [], "a new sign-in in the file costs no refresh"


async def test_a_refusal_that_only_the_backend_knows_of_gets_a_second_chance() -> None:
    house = House(account())
    await house.fails(ApiError(Kind.SIGN_IN_REQUIRED, "refused"))
    house.clock.at += 61
    assert await house.serves() == "default"


async def renewed_and_refused(house: House, refused: ApiError) -> None:
    async with house.pool.lease() as lease:
        await lease.renew()
        raise refused


async def test_endless_401_means_one_refresh_then_silence() -> None:
    house = House(account())
    refused = ApiError(Kind.SIGN_IN_REQUIRED, "refused again")
    with pytest.raises(ApiError, match="refused again"):
        await renewed_and_refused(house, refused)
    for _ in range(5):
        assert (await house.refuses()).kind is Kind.SIGN_IN_REQUIRED
    assert len(house.issuer.calls) == 1


async def test_a_dead_sign_in_stays_retired() -> None:
    house = House(account(lives=-1), answers=(DEAD,))
    for _ in range(3):
        assert "codex2api login" in (await house.refuses()).message
        house.clock.at += 3600
    assert len(house.issuer.calls) == 1


async def test_when_one_cannot_be_refreshed_another_serves() -> None:
    house = House(account("a", lives=-1), account("b", number=1), answers=(DEAD,))
    assert await house.serves() == "b"
    assert [state.state for state in await house.pool.overview()] == ["sign_in_required", "active"]


async def test_a_passing_failure_of_the_issuer_is_told_as_it_is() -> None:
    broken = ApiError(Kind.UPSTREAM_UNAVAILABLE, "The sign-in service failed.")
    house = House(account(lives=-1), answers=(broken,))
    assert (await house.refuses()).kind is Kind.UPSTREAM_UNAVAILABLE
    assert await house.serves() == "default"


async def test_accounts_that_failed_this_call_are_left_out() -> None:
    house = House(account("a"), account("b"))
    assert await house.serves(without={"a"}) == "b"
    assert (await house.refuses(without={"a", "b"})).kind is Kind.NO_ACCOUNT


async def test_only_the_named_account_serves() -> None:
    house = House(account("a"), account("b"))
    assert await house.serves(only="b") == "b"
    assert (await house.refuses(only="c")).kind is Kind.NO_ACCOUNT


async def test_calls_are_spread_over_the_idle() -> None:
    house = House(account("a"), account("b"))
    async with house.pool.lease() as first, house.pool.lease() as second:
        assert {first.label, second.label} == {"a", "b"}
    assert await house.serves() == "a"


async def test_one_conversation_meets_one_account() -> None:
    house = House(account("a"), account("b"), account("c"))
    assert len({await house.serves(conversation=Named("talk")) for _ in range(5)}) == 1


def told(percent: float, *, at: float = NOW, resets: float = NOW + 9000) -> RateLimits:
    return RateLimits((Window(300, percent, resets, at),), reached=False)


async def test_new_conversations_leave_a_full_account_and_old_ones_stay() -> None:
    house = House(account("a"), account("b"))
    old = Named("talk", under_way=False)
    first = await house.serves(conversation=old)
    other = "b" if first == "a" else "a"
    house.pool.learn_limits(first, told(99))
    house.pool.learn_limits(other, told(5))
    for number in range(20):
        assert await house.serves(conversation=Named(f"new-{number}", under_way=False)) == other
    assert await house.serves(conversation=Named("talk", under_way=True)) == first
    assert await house.serves(conversation=Named("talk", under_way=None)) == first
    assert await house.serves(conversation=old) == other


async def test_a_conversation_that_had_to_move_stays_where_it_went() -> None:
    house = House(account("a"), account("b"))
    talk = Named("talk", under_way=True)
    first = await house.fails(limit(60), conversation=talk)
    second = await house.serves(conversation=talk)
    assert second != first
    house.clock.at += 61
    assert await house.serves(conversation=talk) == second


async def test_a_conversation_is_known_by_its_second_name_too() -> None:
    house = House(account("a"), account("b"), account("c"))
    served = {
        await house.serves(conversation=Turns((f"with-system-{number}", "hi"), "hi", True))
        for number in range(6)
    }
    assert len(served) == 1


@dataclass(frozen=True)
class Turns:
    names: Sequence[str]
    place: str
    under_way: bool


async def test_a_window_that_has_refilled_counts_as_empty() -> None:
    house = House(account("a"), account("b"))
    house.pool.learn_limits("a", told(99, resets=NOW + 60))
    house.pool.learn_limits("b", told(50))
    fresh = [Named(f"new-{number}", under_way=False) for number in range(20)]
    assert {await house.serves(conversation=each) for each in fresh} == {"b"}
    house.clock.at += 61
    later = [Named(f"later-{number}", under_way=False) for number in range(20)]
    assert {await house.serves(conversation=each) for each in later} == {"a"}


async def test_a_pinned_account_serves_alone_unless_another_is_named() -> None:
    house = House(account("a"), account("b"))
    pool = AccountPool(house.store, house.keeper, now=house.clock, pinned="b")
    async with pool.lease() as lease, pool.lease(only="a") as other:
        assert (lease.label, other.label) == ("b", "a")
    with pytest.raises(ApiError, match="full"):
        async with pool.lease():
            raise ApiError(Kind.LIMIT_REACHED, "full", retry_after=60)
    with pytest.raises(ApiError, match="full"):
        await pool.lend()


async def test_a_pinned_account_that_is_not_there_is_named() -> None:
    house = House(account("a"))
    pool = AccountPool(house.store, house.keeper, now=house.clock, pinned="gone")
    with pytest.raises(ApiError, match="'gone'"):
        await pool.lend()


async def test_news_from_before_the_limit_does_not_end_the_rest() -> None:
    house = House(account())
    house.clock.at += 10
    await house.fails(limit(5000))
    house.pool.learn_limits("default", told(50, at=NOW))
    assert (await house.refuses()).kind is Kind.LIMIT_REACHED
    house.pool.learn_limits("default", told(0, at=NOW + 11))
    assert await house.serves() == "default"


async def test_another_account_under_the_label_has_limits_of_its_own() -> None:
    house = House(account())
    await house.serves()
    house.pool.learn_limits("default", told(80))
    house.store.held["default"] = replace(account(), account_id="workspace-new")
    (state,) = await house.pool.overview()
    assert state.limits.windows == ()


async def test_an_account_that_comes_back_is_not_held_to_what_was() -> None:
    house = House(account("a"), account("b"))
    await house.fails(limit(5000), only="a")
    gone = house.store.held.pop("a")
    assert (await house.refuses(only="a")).kind is Kind.NO_ACCOUNT
    house.store.held["a"] = gone
    assert await house.serves(only="a") == "a"


async def test_a_refusal_that_comes_after_its_account_has_gone_is_no_matter() -> None:
    house = House(account("a"), account("b"))
    lease = await house.pool.lend(only="a")
    del house.store.held["a"]
    assert await house.serves() == "b"
    house.pool.learn(lease, limit(5))
    house.pool.take_back(lease)
    assert await house.serves() == "b"


async def test_another_account_under_the_label_does_not_inherit_the_rest() -> None:
    house = House(account())
    await house.fails(limit(5000))
    house.store.held["default"] = replace(account(), account_id="workspace-new")
    assert await house.serves() == "default"


async def test_overview_tells_state_reason_and_limits() -> None:
    house = House(replace(account(), plan="plus"))
    limits = RateLimits((Window(300, 100.0, NOW + 60, NOW),), plan="pro")
    house.pool.learn_limits("default", limits)
    await house.fails(limit(60))
    (state,) = await house.pool.overview()
    assert (state.label, state.plan, state.state) == ("default", "pro", "limited")
    assert (state.until, state.expires_at) == (NOW + 60, NOW + 3600)
    assert state.reason == "The 5-hour window is empty."
    assert state.limits.windows == limits.windows


async def test_another_strategy_counts_from_the_next_call_on() -> None:
    house = House(account("a"), account("b"))
    assert house.pool.compares

    house.pool.follow(FillFirst(("b", "a")))
    assert [await house.serves() for _ in range(3)] == ["b", "b", "b"]
    assert not house.pool.compares

    house.pool.follow(Balanced(), "a")
    assert [await house.serves() for _ in range(3)] == ["a", "a", "a"]
    assert not house.pool.compares
