"""Who runs an errand, and when a failure is final."""

import asyncio
from dataclasses import dataclass, field

import pytest

from codex2api.accounts.account import Credential
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.pool import AccountPool
from codex2api.errands import Errands
from codex2api.errors import ApiError, Kind
from codex2api.protocol.errand import Answered, Errand
from tests.fakes import NOW, CountingIssuer, MemoryStore, limit_reached, unauthorized

ERRAND = Errand("/x", "application/json", b"{}")
FULL = {"x-codex-primary-used-percent": "100", "x-codex-primary-window-minutes": "300"}


@dataclass
class ScriptedCourier:
    """A ``Courier`` that answers by access token: with a body, or a failure."""

    answers: dict[str, list[bytes | ApiError]]
    calls: list[str] = field(default_factory=list)
    running: int = 0
    most: int = 0

    async def carry(self, errand: Errand, credential: Credential) -> Answered:
        self.calls.append(credential.access_token)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0)
            answer = self.answers[credential.access_token].pop(0)
            if isinstance(answer, ApiError):
                raise answer
            return Answered(FULL, answer)
        finally:
            self.running -= 1


def errands(courier: ScriptedCourier, *labels: str) -> Errands:
    store = MemoryStore(*labels)
    keeper = TokenKeeper(store, CountingIssuer(), now=lambda: NOW)
    return Errands(AccountPool(store, keeper, now=lambda: NOW), courier, now=lambda: NOW)


async def test_an_errand_is_run_and_the_limits_learned() -> None:
    courier = ScriptedCourier({"access-a": [b"A"]})
    done = await errands(courier, "a").run(ERRAND)
    assert (done.account, done.body) == ("a", b"A")
    assert done.limits.windows[0].full


async def test_a_refusing_account_is_left_for_another() -> None:
    courier = ScriptedCourier({"access-a": [limit_reached()], "access-b": [limit_reached()]})
    with pytest.raises(ApiError) as caught:
        await errands(courier, "a", "b").run(ERRAND)
    assert caught.value.kind is Kind.LIMIT_REACHED
    assert sorted(courier.calls) == ["access-a", "access-b"]


async def test_a_refused_token_is_renewed_once() -> None:
    courier = ScriptedCourier({"access-a": [unauthorized()], "access-1": [b"A"]})
    assert (await errands(courier, "a").run(ERRAND)).body == b"A"
    assert courier.calls == ["access-a", "access-1"]


async def test_a_bad_request_is_final() -> None:
    bad = ApiError(Kind.BAD_REQUEST, "no")
    courier = ScriptedCourier({"access-a": [bad], "access-b": [bad]})
    with pytest.raises(ApiError):
        await errands(courier, "a", "b").run(ERRAND)
    assert len(courier.calls) == 1


async def test_only_the_named_account_serves() -> None:
    courier = ScriptedCourier({"access-b": [b"B"]})
    assert (await errands(courier, "a", "b").run(ERRAND, account="b")).account == "b"


async def test_several_run_side_by_side_in_their_order() -> None:
    courier = ScriptedCourier({"access-a": [bytes([n]) for n in range(10)]})
    done = await errands(courier, "a").run_all([ERRAND] * 10)
    assert sorted(each.body for each in done) == [bytes([n]) for n in range(10)]
    assert courier.most == 4


async def test_the_first_failure_ends_the_rest() -> None:
    failure = ApiError(Kind.CONTENT_POLICY, "no")
    courier = ScriptedCourier({"access-a": [b"A", failure, b"A", b"A", b"A", b"A"]})
    with pytest.raises(ApiError) as caught:
        await errands(courier, "a").run_all([ERRAND] * 10)
    assert caught.value is failure
    assert courier.running == 0
    assert len(courier.calls) < 10
