"""Sign-ins under way: a state works once, expires, and there are never too many."""

import pytest

from codex2api.accounts.account import Account, TokenSet
from codex2api.auth.pending import PendingSignIn, PendingSignIns, Stage
from codex2api.errors import ApiError, Kind
from tests.accounts.fakes import ManualClock


def opened(book: PendingSignIns, state: str = "s") -> PendingSignIn:
    return book.add(state, "default", "http://localhost:1/x", replace=False)


def test_a_state_works_once() -> None:
    book = PendingSignIns(now=ManualClock())
    pending = opened(book)
    assert book.claim("s") is pending
    with pytest.raises(ApiError) as failure:
        book.claim("s")
    assert (failure.value.kind, failure.value.code) == (Kind.BAD_REQUEST, "state_mismatch")


def test_a_suffix_on_the_state_is_tolerated() -> None:
    book = PendingSignIns(now=ManualClock())
    assert book.claim(opened(book).state + ".onboarding_entrypoint=x").state == "s"


@pytest.mark.parametrize("state", ["", "S", "s2", ".s", "s,"])
def test_another_state_is_a_mismatch(state: str) -> None:
    book = PendingSignIns(now=ManualClock())
    opened(book)
    with pytest.raises(ApiError, match="State mismatch"):
        book.claim(state)


async def test_it_expires() -> None:
    clock = ManualClock()
    book = PendingSignIns(now=clock, life=60)
    pending = opened(book)
    clock.at += 60
    assert book.open() == []
    with pytest.raises(ApiError, match="not finished in time"):
        await pending.outcome()
    with pytest.raises(ApiError) as failure:
        book.find("s")
    assert failure.value.kind is Kind.NOT_FOUND


def test_the_oldest_gives_way() -> None:
    book = PendingSignIns(now=ManualClock())
    opened_all = [opened(book, f"s{number}") for number in range(40)]
    assert len(book.open()) == 32
    assert opened_all[0].stage is Stage.FAILED


async def test_the_first_outcome_stays() -> None:
    pending = opened(PendingSignIns(now=ManualClock()))
    pending.fail(ApiError(Kind.FORBIDDEN, "first"))
    pending.fail(ApiError(Kind.FORBIDDEN, "second"))
    with pytest.raises(ApiError, match="first"):
        await pending.outcome()


async def test_success() -> None:
    pending = opened(PendingSignIns(now=ManualClock()))
    account = Account("default", "w", TokenSet("a", "r", 0))
    pending.succeed(account)
    assert await pending.outcome() == account
    assert pending.stage is Stage.SIGNED_IN
