"""What is put in its place when it is learned."""

from dataclasses import replace

from codex2api.accounts.limits import RateLimits, Window
from codex2api.accounts.policy import Standing
from codex2api.accounts.roster import Pause, Roster
from codex2api.errors import ApiError, Kind
from tests.accounts.fakes import NOW, ManualClock, account, tokens

LIMIT = ApiError(Kind.LIMIT_REACHED, "full")
REFUSED = ApiError(Kind.SIGN_IN_REQUIRED, "refused")


def roster(*labels: str) -> Roster:
    made = Roster(ManualClock())
    made.see([account(label) for label in labels])
    return made


def test_the_very_same_accounts_change_nothing() -> None:
    accounts = roster("a", "b")
    known = [account("a"), account("b")]
    accounts.see(known)
    version, ring, first = accounts.version, accounts.ring, accounts.get("a")
    accounts.see(known)
    assert (accounts.version, accounts.ring, accounts.get("a")) == (version, ring, first)


def test_new_tokens_leave_the_ring_as_it_is() -> None:
    accounts = roster("a", "b")
    ring = accounts.ring
    accounts.see([replace(account("a"), tokens=tokens(7)), account("b")])
    assert accounts.ring is ring
    accounts.see([account("a")])
    assert accounts.ring is not ring


def test_who_rests_is_back_at_its_time_and_the_version_says_so() -> None:
    clock = ManualClock()
    accounts = Roster(clock)
    accounts.see([account("a"), account("b")])
    accounts.rest("a", Pause(LIMIT, NOW, NOW + 5))
    accounts.rest("a", Pause(LIMIT, NOW, NOW + 9))
    version = accounts.version
    clock.at += 6
    accounts.wake()
    assert (accounts.able("a"), accounts.version) == (False, version), "the later end counts"
    clock.at += 3
    accounts.wake()
    assert accounts.able("a")
    assert accounts.version != version


def test_a_clock_that_is_set_back_ends_pauses_that_would_last_that_longer() -> None:
    clock = ManualClock()
    accounts = Roster(clock)
    accounts.see([account("a"), account("b"), replace(account("c"), paused=True)])
    accounts.rest("a", Pause(LIMIT, NOW, NOW + 60))
    accounts.rest("b", Pause(REFUSED, NOW, None))
    clock.at -= 86_400
    accounts.wake()
    assert [accounts.able(label) for label in "abc"] == [True, False, False]
    accounts.rest("a", Pause(LIMIT, clock.at, clock.at + 60))
    accounts.wake()
    assert not accounts.able("a")
    clock.at += 60
    accounts.wake()
    assert accounts.able("a")


def test_nobody_is_able_when_all_rest() -> None:
    accounts = roster("a", "b")
    assert not accounts.idle
    accounts.rest("a", Pause(REFUSED, NOW, None))
    accounts.rest("b", Pause(LIMIT, NOW, NOW + 5))
    assert accounts.idle
    assert accounts.soonest() == accounts.pause("b"), "a limit ends by itself"
    accounts.lift("b")
    assert accounts.soonest() == accounts.pause("a")


def test_a_refused_token_that_is_replaced_ends_the_pause() -> None:
    accounts = roster("a")
    accounts.rest("a", Pause(REFUSED, NOW, None, refused="access-0"))
    accounts.see([account("a")])
    assert not accounts.able("a")
    accounts.see([replace(account("a"), tokens=tokens(7))])
    assert accounts.able("a")


def test_how_an_account_stands() -> None:
    accounts = roster("a")
    assert accounts.standing("a") == Standing()
    accounts.learn_limits("a", RateLimits((Window(300, 40.0, NOW + 9, NOW),)))
    accounts.lent["a"] += 2
    assert accounts.standing("a") == Standing(40.0, NOW + 9, 2)
