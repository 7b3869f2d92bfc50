"""Refreshing officially: never too early, once for all, stored before it is verified."""

import asyncio
import json

import pytest

from codex2api.accounts.account import Account, TokenSet, credential
from codex2api.auth.official.client import OfficialClient
from codex2api.errors import ApiError, Kind
from codex2api.simulator.issuer.switches import TokenSwitches
from tests.auth.official.house import House


async def in_window(house: House) -> Account:
    """An account whose tokens may be refreshed, and are about to end."""
    house.switches.window = 3600
    account = await house.signed_in()
    house.clock.ahead = 3400
    return account


async def test_it_is_left_alone_until_the_service_takes_it(house: House) -> None:
    account = await house.signed_in(label="zz")  # a label that would begin at ten minutes
    earliest = account.tokens.earliest_refresh_at
    assert earliest is not None
    for ahead in (0, 2900, 3230):
        house.clock.ahead = ahead
        assert (await house.keeper.fresh(account)).access_token == account.tokens.access_token
    assert house.book.refreshes.attempts == 0


async def test_a_refused_token_is_not_refreshed_too_early(house: House) -> None:
    account = await house.signed_in()
    with pytest.raises(ApiError) as failure:
        await house.keeper.renew(account, credential(account))
    assert failure.value.kind is Kind.SIGN_IN_REQUIRED
    assert "no refresh before" in failure.value.message
    assert house.book.refreshes.attempts == 0


async def test_the_issuer_would_have_ended_the_sign_in(house: House) -> None:
    """What the gate is for."""
    account = await house.signed_in()
    for _ in range(2):
        with pytest.raises(ApiError) as failure:
            await house.client.refresh(account.tokens, "unauthorized_recovery")
        assert failure.value.kind is Kind.SIGN_IN_REQUIRED


async def test_a_hundred_askers_in_three_processes_cost_one_refresh(house: House) -> None:
    account = await in_window(house)
    house.switches.refresh = TokenSwitches(delay=0.05)
    keepers = [house.build_keeper() for _ in range(3)]
    askers = [keeper.fresh(account) for keeper in keepers for _ in range(40)]
    tokens = {each.access_token for each in await asyncio.gather(*askers)}
    assert len(tokens) == 1
    assert tokens != {account.tokens.access_token}
    assert (house.book.refreshes.attempts, house.book.refreshes.most_at_once) == (1, 1)
    after = await house.account()
    assert after.tokens.verified
    assert after.tokens.refresh_token != account.tokens.refresh_token


class Killed(BaseException):
    """The process ends here."""


class KilledClient(OfficialClient):
    """Dies between rotation and verification."""

    async def confirm(self, tokens: TokenSet) -> TokenSet:
        raise Killed


async def test_who_dies_between_rotation_and_verification_loses_nothing(house: House) -> None:
    account = await in_window(house)
    with pytest.raises(Killed):
        await house.build_keeper(house.build_client(KilledClient)).fresh(account)
    stored = json.loads((house.folder / "tokens.json").read_text())
    assert stored["refresh_token"] != account.tokens.refresh_token
    assert stored["verified"] is False
    found = await house.account()
    served = await house.build_keeper().fresh(found)
    assert served.access_token == stored["access_token"]
    assert (await house.account()).tokens.verified
    assert house.book.refreshes.attempts == 1


class SlowClient(OfficialClient):
    """Verifies when it is allowed to."""

    asked: asyncio.Event
    allowed: asyncio.Event

    async def confirm(self, tokens: TokenSet) -> TokenSet:
        self.asked.set()
        await self.allowed.wait()
        return await super().confirm(tokens)


async def test_who_comes_while_tokens_are_verified_waits_for_that(house: House) -> None:
    account = await in_window(house)
    house.switches.window = 360  # for the tokens to come
    client = house.build_client(SlowClient)
    assert isinstance(client, SlowClient)
    client.asked, client.allowed = asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(house.build_keeper(client).fresh(account))
    await client.asked.wait()
    found = await house.account()
    assert not found.tokens.verified
    late = [asyncio.create_task(house.build_keeper().fresh(found)) for _ in range(3)]
    await asyncio.sleep(0.1)
    client.allowed.set()
    served = {each.access_token for each in await asyncio.gather(first, *late)}
    assert served == {found.tokens.access_token}
    assert house.book.refreshes.attempts == 1


@pytest.mark.parametrize("fault", ["forged", "wrong_audience", "alg_none", "other_subject"])
async def test_a_rotated_id_token_that_is_wrong_ends_the_account(house: House, fault: str) -> None:
    account = await in_window(house)
    house.switches.id_token = fault
    with pytest.raises(ApiError) as failure:
        await house.keeper.fresh(account)
    assert failure.value.kind is Kind.SIGN_IN_REQUIRED
    assert "login --official" in failure.value.message
    kept = await house.account()
    assert not kept.tokens.verified
    assert kept.tokens.refresh_token != account.tokens.refresh_token
    with pytest.raises(ApiError):  # and another process finds that out for itself
        await house.build_keeper().fresh(kept)
    assert house.book.refreshes.attempts == 1


async def test_a_new_key_of_the_issuer_is_fetched(house: House) -> None:
    account = await in_window(house)
    house.book.keys.rotate()
    await house.keeper.fresh(account)
    assert (await house.account()).tokens.verified


async def test_forged_keys_do_not_make_us_a_nuisance(house: House) -> None:
    account = await in_window(house)
    house.switches.id_token = "unknown_key"
    forged = await house.client.refresh(account.tokens, "proactive_expiry")
    for _ in range(5):
        with pytest.raises(ApiError, match="a key that the issuer does not publish"):
            await house.client.confirm(forged)
    assert len(house.simulator.requests("jwks.json")) <= 2


@pytest.mark.parametrize("mode", ["expired", "invalidated", "reused", "invalid_grant"])
async def test_what_is_over_is_over_in_one_sentence(house: House, mode: str) -> None:
    account = await in_window(house)
    house.switches.refresh = TokenSwitches(mode)
    for _ in range(2):
        house.clock.ahead = 3700
        with pytest.raises(ApiError) as failure:
            await house.keeper.fresh(account)
        assert failure.value.kind is Kind.SIGN_IN_REQUIRED
        assert "`codex2api login --official`" in failure.value.message
    assert house.book.refreshes.attempts == 1


async def test_a_lost_registration_is_asked_for_once_more(house: House) -> None:
    account = await in_window(house)
    house.clock.ahead = 3700
    house.switches.lost = True
    with pytest.raises(ApiError) as passing:
        await house.keeper.fresh(account)
    assert passing.value.kind is Kind.UPSTREAM_UNAVAILABLE
    house.clock.ahead += 61
    with pytest.raises(ApiError) as final:
        await house.keeper.fresh(account)
    assert final.value.kind is Kind.SIGN_IN_REQUIRED
    assert "--force" in final.value.message
    assert (await house.account()).tokens.refresh_token == account.tokens.refresh_token


async def test_a_registration_that_is_back_serves_on(house: House) -> None:
    account = await in_window(house)
    house.clock.ahead = 3700
    house.switches.lost = True
    with pytest.raises(ApiError):
        await house.keeper.fresh(account)
    house.switches.lost = False
    house.clock.ahead += 61
    assert (await house.keeper.fresh(account)).access_token != account.tokens.access_token


async def test_a_permission_withdrawn_meanwhile_is_seen(house: House) -> None:
    account = await in_window(house)
    house.switches.plan_use = False
    await house.keeper.fresh(account)
    with pytest.raises(ApiError) as failure:
        await house.keeper.fresh(await house.account())
    assert failure.value.kind is Kind.CONSENT_REQUIRED


async def test_a_restart_hours_later_still_verifies(house: House) -> None:
    account = await in_window(house)
    rotated = await house.client.refresh(account.tokens, "proactive_expiry")
    await house.store.save_tokens("default", rotated)
    house.clock.ahead = 20_000
    await house.build_keeper().fresh(await house.account())
    assert (await house.account()).tokens.verified
