"""One refresh at a time, of the right token, and never a blind second try."""

import asyncio
from dataclasses import replace

import pytest

from codex2api.accounts.account import Identity, credential
from codex2api.accounts.keeper import TokenKeeper
from codex2api.errors import ApiError, Kind
from tests.accounts.fakes import NOW, ManualClock, MemoryStore, ScriptedIssuer, account, tokens

DEAD = ApiError(Kind.SIGN_IN_REQUIRED, "The sign-in has expired.")
SILENT = ApiError(Kind.UPSTREAM_TIMEOUT, "silence")
BROKEN = ApiError(Kind.UPSTREAM_UNAVAILABLE, "broken")


class House:
    """A keeper with all that it needs, around one account."""

    def __init__(self, *answers: object, lives: float = -1) -> None:
        self.clock = ManualClock()
        self.account = account(lives=lives)
        self.store = MemoryStore(self.account)
        self.issuer = ScriptedIssuer(*answers, clock=self.clock)  # type: ignore[arg-type]
        self.keeper = TokenKeeper(self.store, self.issuer, now=self.clock)

    async def fresh(self) -> str:
        return (await self.keeper.fresh(self.store.held["default"])).access_token


async def test_a_living_token_is_handed_out_without_asking_anybody() -> None:
    house = House(lives=301)
    assert await house.fresh() == "access-0"
    assert house.issuer.calls == []


async def test_five_minutes_before_expiry_it_is_refreshed_and_saved() -> None:
    house = House(lives=299)
    assert await house.fresh() == "access-new-1"
    assert house.issuer.calls == [("refresh-0", "proactive_expiry")]
    assert house.store.held["default"].tokens.refresh_token == "refresh-new-1"


async def test_two_hundred_askers_cost_one_refresh() -> None:
    house = House()
    house.issuer.gate.clear()
    askers = [asyncio.create_task(house.keeper.fresh(house.account)) for _ in range(200)]
    await asyncio.sleep(0)
    house.issuer.gate.set()
    assert {c.access_token for c in await asyncio.gather(*askers)} == {"access-new-1"}
    assert len(house.issuer.calls) == 1


async def test_a_late_asker_with_an_old_account_value_adopts_what_is_stored() -> None:
    house = House()
    await house.keeper.fresh(house.account)
    assert (await house.keeper.fresh(house.account)).access_token == "access-new-1"
    assert len(house.issuer.calls) == 1


async def test_a_cancelled_asker_does_not_cancel_the_refresh() -> None:
    house = House()
    house.issuer.gate.clear()
    asker = asyncio.create_task(house.keeper.fresh(house.account))
    await house.issuer.asked.wait()
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    house.issuer.gate.set()
    await house.keeper.settle()
    assert house.store.held["default"].tokens.access_token == "access-new-1"
    assert await house.fresh() == "access-new-1"
    assert len(house.issuer.calls) == 1


async def test_a_failure_that_nobody_waits_for_is_no_warning() -> None:
    house = House(BROKEN)
    house.issuer.gate.clear()
    asker = asyncio.create_task(house.keeper.fresh(house.account))
    await house.issuer.asked.wait()
    asker.cancel()
    house.issuer.gate.set()
    await house.keeper.settle()


async def test_a_refused_token_is_renewed_once_for_all_whom_it_was_refused() -> None:
    house = House(lives=3600)
    refused = credential(house.account)
    got = await asyncio.gather(*(house.keeper.renew(house.account, refused) for _ in range(20)))
    assert {one.access_token for one in got} == {"access-new-1"}
    assert house.issuer.calls == [("refresh-0", "unauthorized_recovery")]


async def test_a_refused_token_that_was_replaced_meanwhile_costs_no_refresh() -> None:
    house = House(lives=3600)
    refused = credential(house.account)
    house.store.held["default"] = replace(house.account, tokens=tokens(7))
    assert (await house.keeper.renew(house.account, refused)).access_token == "access-7"
    assert house.issuer.calls == []


async def test_a_permanent_failure_is_remembered_for_that_token_only() -> None:
    house = House(DEAD)
    for _ in range(6):
        with pytest.raises(ApiError) as failure:
            await house.fresh()
        assert failure.value.kind is Kind.SIGN_IN_REQUIRED
        assert "has expired" in failure.value.message
        assert "codex2api login" in failure.value.message
    assert len(house.issuer.calls) == 1
    assert house.keeper.hopeless(house.account) is not None
    house.store.held["default"] = replace(house.account, tokens=tokens(8, lives=10))
    assert house.keeper.hopeless(house.store.held["default"]) is None
    assert await house.fresh() == "access-new-2"


async def test_a_passing_failure_is_tried_again_at_once_when_the_token_is_dead() -> None:
    house = House(BROKEN, BROKEN)
    for _ in range(2):
        with pytest.raises(ApiError) as failure:
            await house.fresh()
        assert failure.value.kind is Kind.UPSTREAM_UNAVAILABLE
    assert await house.fresh() == "access-new-3"


async def test_a_living_token_serves_on_while_the_issuer_is_broken() -> None:
    house = House(BROKEN, lives=200)
    assert [await house.fresh() for _ in range(5)] == ["access-0"] * 5
    assert len(house.issuer.calls) == 1, "no try for each request"
    house.clock.at += 11
    assert await house.fresh() == "access-new-2"


async def test_a_refresh_without_answer_is_not_repeated_before_the_cool_down() -> None:
    house = House(SILENT)
    for waited in (0, 30):
        house.clock.at = NOW + waited
        with pytest.raises(ApiError) as failure:
            await house.fresh()
        assert failure.value.kind is Kind.UPSTREAM_TIMEOUT
        assert failure.value.retry_after == 60 - waited
        assert "not asked again" in failure.value.message
    assert len(house.issuer.calls) == 1
    house.clock.at = NOW + 61
    assert await house.fresh() == "access-new-2"


async def test_without_answer_a_living_token_serves_on() -> None:
    house = House(SILENT, lives=200)
    assert [await house.fresh() for _ in range(3)] == ["access-0"] * 3
    assert len(house.issuer.calls) == 1


async def test_without_answer_a_token_that_somebody_else_stored_is_used() -> None:
    house = House(SILENT)
    house.issuer.gate.clear()
    asker = asyncio.create_task(house.fresh())
    await house.issuer.asked.wait()
    house.store.held["default"] = replace(house.account, tokens=tokens(9))
    house.issuer.gate.set()
    assert await asker == "access-9"


async def test_a_refused_token_does_not_serve_on() -> None:
    house = House(BROKEN, lives=3600)
    with pytest.raises(ApiError) as failure:
        await house.keeper.renew(house.account, credential(house.account))
    assert failure.value.kind is Kind.UPSTREAM_UNAVAILABLE


async def test_another_accounts_tokens_are_refused_and_never_stored() -> None:
    stranger = replace(tokens(5), identity=Identity("workspace-other"))
    house = House(stranger)
    for _ in range(2):
        with pytest.raises(ApiError) as failure:
            await house.fresh()
        assert failure.value.kind is Kind.SIGN_IN_REQUIRED
    assert house.store.saves == []
    assert len(house.issuer.calls) == 1


async def test_another_person_of_the_same_workspace_is_another_account() -> None:
    house = House(replace(tokens(5), identity=Identity("workspace-default", user_id="ben")))
    house.store.held["default"] = replace(house.account, user_id="ada")
    with pytest.raises(ApiError):
        await house.fresh()
    assert house.store.saves == []


@pytest.mark.parametrize("lives", [-600, 0, 60, 299])
async def test_short_lives_and_wrong_clocks_do_not_mean_a_refresh_for_each_request(
    lives: float,
) -> None:
    house = House(replace(tokens(1, lives=lives), issued_at=NOW))
    assert [await house.fresh() for _ in range(4)] == ["access-1"] * 4
    assert len(house.issuer.calls) == 1


async def test_a_clock_set_back_does_not_prolong_the_cool_down() -> None:
    house = House(SILENT)
    with pytest.raises(ApiError):
        await house.fresh()
    house.clock.at -= 7200
    house.store.held["default"] = replace(
        house.account, tokens=replace(house.account.tokens, expires_at=house.clock.at)
    )
    assert await house.fresh() == "access-new-2"


async def test_an_account_that_is_gone_says_so() -> None:
    house = House()
    del house.store.held["default"]
    with pytest.raises(ApiError) as failure:
        await house.keeper.fresh(house.account)
    assert failure.value.kind is Kind.NO_ACCOUNT


async def test_the_remedy_names_the_label() -> None:
    spare = account("spare", lives=-1)
    house = TokenKeeper(MemoryStore(spare), ScriptedIssuer(DEAD), now=ManualClock())
    with pytest.raises(ApiError, match="codex2api login --account spare"):
        await house.fresh(spare)


async def test_accounts_that_were_signed_in_together_refresh_one_after_the_other() -> None:
    clock = ManualClock()
    accounts = [account(label, lives=900) for label in ("default", "work", "spare", "old")]
    store, issuer = MemoryStore(*accounts), ScriptedIssuer(clock=clock)
    keeper = TokenKeeper(store, issuer, now=clock)
    moments = []
    for _ in range(700):
        clock.at += 1
        before = len(issuer.calls)
        for label in list(store.held):
            await keeper.fresh(store.held[label])
        moments.append(len(issuer.calls) - before)
    assert sum(moments) == 4
    assert max(moments) == 1


async def test_after_a_silence_two_that_still_live_do_not_refresh_in_the_same_second() -> None:
    clock = ManualClock()
    one, other = account("one", lives=200), account("other", lives=200, number=1)
    store, issuer = MemoryStore(one, other), ScriptedIssuer(clock=clock)
    keeper = TokenKeeper(store, issuer, now=clock)
    await keeper.fresh(one)
    assert (await keeper.fresh(other)).access_token == "access-1", "it serves on"
    clock.at += 1
    assert (await keeper.fresh(other)).access_token == "access-new-2"


async def test_one_that_is_needed_at_once_waits_for_nobody() -> None:
    clock = ManualClock()
    one, other = account("one", lives=200), account("other", lives=-1)
    store, issuer = MemoryStore(one, other), ScriptedIssuer(clock=clock)
    keeper = TokenKeeper(store, issuer, now=clock)
    await keeper.fresh(one)
    assert (await keeper.fresh(other)).access_token == "access-new-2"
