"""Lend, count, learn."""

from dataclasses import replace

import pytest

from codex2api.accounts.account import Account
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.limits import RateLimits, Window
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


async def test_a_limit_rests_the_account_until_then() -> None:
    house = House(account())
    await house.fails(limit(5))
    house.clock.at += 2
    refusal = await house.refuses()
    assert (refusal.kind, refusal.message) == (Kind.LIMIT_REACHED, "The 5-hour window is empty.")
    assert refusal.retry_after == 3
    house.clock.at += 3
    assert await house.serves() == "default"


async def test_a_limit_without_a_time_rests_until_the_known_refill() -> None:
    house = House(account())
    house.pool.learn_limits("default", RateLimits((Window(300, 100.0, NOW + 900, NOW),)))
    await house.fails(limit(None))
    house.clock.at += 899
    assert (await house.refuses()).kind is Kind.LIMIT_REACHED
    house.clock.at += 2
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
    assert len({await house.serves(affinity="talk") for _ in range(5)}) == 1


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
