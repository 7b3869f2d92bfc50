"""Links work once, sessions end, and nobody makes one without the owner's key."""

import pytest

from codex2api.dashboard.sessions import Sessions
from codex2api.dashboard.tickets import (
    LINK_PREFIX,
    LINK_SECONDS,
    SESSION_SECONDS,
    Tickets,
    link_path,
)
from tests.fakes import NOW

KEY = "sk-codex2api-the-owners-own-key"


class Clock:
    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions(KEY, clock)


def a_link(at: float = NOW, key: str = KEY) -> str:
    return link_path(key, at).removeprefix(LINK_PREFIX)


def test_a_link_works_once(sessions: Sessions) -> None:
    link, other = a_link(), a_link()
    assert [sessions.redeem(link), sessions.redeem(link), sessions.redeem(other)] == [
        True,
        False,
        True,
    ]


def test_a_link_ends(sessions: Sessions, clock: Clock) -> None:
    link = a_link()
    clock.at += LINK_SECONDS
    assert not sessions.redeem(link)


def test_a_link_from_before_this_process_may_have_been_used(clock: Clock) -> None:
    link = a_link()
    clock.at += 1
    assert not Sessions(KEY, clock).redeem(link)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "a.b.c.d",
        "1.ffffffffffff.0123.00",
        "ünicode.ö",
        a_link(key="another"),
        Tickets(KEY, "session").issue(NOW, 60),
    ],
)
def test_nobody_makes_a_link_without_the_key(sessions: Sessions, forged: str) -> None:
    assert not sessions.redeem(forged)


def test_a_changed_end_is_forged(sessions: Sessions) -> None:
    began, ends, rest = a_link().split(".", 2)
    assert not sessions.redeem(f"{began}.f{ends}.{rest}")


def test_a_session_lasts_and_ends(sessions: Sessions, clock: Clock) -> None:
    cookies = f"theme=dark; {sessions.cookie}={sessions.begin()}; x=1"
    assert sessions.is_owner(cookies)
    clock.at += SESSION_SECONDS
    assert not sessions.is_owner(cookies)


def test_a_session_outlives_a_restart_and_no_other_key(sessions: Sessions, clock: Clock) -> None:
    value = sessions.begin()
    clock.at += 60
    again, other = Sessions(KEY, clock), Sessions("another-key", clock)
    assert again.is_owner(f"{again.cookie}={value}")
    assert not other.is_owner(f"{other.cookie}={value}")
    assert again.cookie != other.cookie, "two servers on one machine share no cookie"


def test_a_session_that_was_signed_out_is_over(sessions: Sessions) -> None:
    mine, other = (f"{sessions.cookie}={sessions.begin()}" for _ in range(2))
    sessions.end(mine)
    assert (sessions.is_owner(mine), sessions.is_owner(other)) == (False, True)


@pytest.mark.parametrize("cookies", ["", ";", "=", "a=b", "codex2api_=x", "\xff=\xff"])
def test_other_cookies_are_nobodys_session(sessions: Sessions, cookies: str) -> None:
    assert not sessions.is_owner(cookies)
    sessions.end(cookies)


def test_the_cookie_is_out_of_reach_for_scripts_and_for_other_sites(sessions: Sessions) -> None:
    assert sessions.set_cookie("v", secure=False).endswith(
        "=v; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict"
    )
    assert sessions.set_cookie("v", secure=True).endswith("; Secure")
    assert "Max-Age=0" in sessions.set_cookie("", secure=False)


def test_what_is_used_up_is_forgotten_once_it_would_be_over(
    sessions: Sessions, clock: Clock
) -> None:
    for _ in range(50):
        sessions.redeem(a_link(clock.at))
        clock.at += LINK_SECONDS / 10
    assert len(sessions._over) <= 11
