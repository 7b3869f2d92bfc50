"""Three shapes, one value."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st

from codex2api.accounts.limits import RateLimits, Window
from codex2api.protocol.events import RateLimitsSeen

NOW = 1_795_000_000.0


def test_from_headers() -> None:
    headers = {
        "x-codex-primary-used-percent": "38.5",
        "x-codex-primary-window-minutes": "300",
        "x-codex-primary-reset-at": "1795003600",
        "x-codex-secondary-used-percent": "64",
        "x-codex-secondary-window-minutes": "10080",
        "x-codex-secondary-reset-after-seconds": "600",
        "x-codex-primary-over-secondary-limit-percent": "12",
        "x-codex-bengalfox-primary-used-percent": "1",
        "x-codex-bengalfox-primary-window-minutes": "1440",
        "x-codex-plan-type": "plus",
        "x-request-id": "x",
    }
    limits = RateLimits.from_headers(headers, NOW)
    assert limits == RateLimits(
        (
            Window(300, 38.5, 1795003600.0, NOW),
            Window(10080, 64.0, NOW + 600, NOW),
            Window(1440, 1.0, None, NOW, "codex_bengalfox"),
        ),
        plan="plus",
    )
    assert [window.name for window in limits.windows] == ["5h", "7d", "1d"]


@pytest.mark.parametrize(
    ("minutes", "name"), [(300, "5h"), (10_080, "7d"), (43_200, "30d"), (90, "90m"), (60, "1h")]
)
def test_windows_are_named_by_their_length(minutes: int, name: str) -> None:
    assert Window(minutes, 0.0, None, NOW).name == name


def test_the_free_plan_has_its_week_in_the_first_slot() -> None:
    headers = {"x-codex-primary-used-percent": "5", "x-codex-primary-window-minutes": "10080"}
    (week,) = RateLimits.from_headers(headers, NOW).windows
    assert week.name == "7d"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-codex-primary-used-percent": "0", "x-codex-primary-window-minutes": "0"},
        {"x-codex-primary-used-percent": "nan", "x-codex-primary-window-minutes": "300"},
        {"x-codex-primary-used-percent": "5"},
        {"x-codex-primary-window-minutes": "ten", "x-codex-primary-used-percent": "5"},
    ],
)
def test_headers_without_data_give_no_window(headers: dict[str, str]) -> None:
    assert RateLimits.from_headers(headers, NOW).windows == ()


def test_from_event() -> None:
    event = RateLimitsSeen(
        plan_type="pro",
        rate_limits={
            "allowed": True,
            "limit_reached": False,
            "primary": {"used_percent": 7, "window_minutes": 300, "reset_after_seconds": 60},
            "secondary": None,
        },
        credits={"has_credits": True, "unlimited": False, "balance": "12.5"},
    )
    assert RateLimits.from_event(event, NOW) == RateLimits(
        (Window(300, 7.0, NOW + 60, NOW),), plan="pro", reached=False, credits="12.5"
    )


def test_an_empty_event_says_nothing() -> None:
    assert RateLimits.from_event(RateLimitsSeen(), NOW) == RateLimits()


def test_from_usage() -> None:
    body: dict[str, Any] = {
        "plan_type": "plus",
        "rate_limit": {
            "limit_reached": True,
            "primary_window": {
                "used_percent": 100,
                "limit_window_seconds": 18000,
                "reset_at": 1795000100,
            },
            "secondary_window": {"used_percent": 40, "limit_window_seconds": 604800},
        },
        "additional_rate_limits": [
            {
                "limit_name": "Example",
                "metered_feature": "codex_example",
                "rate_limit": {
                    "primary_window": {"used_percent": 1, "limit_window_seconds": 3600},
                },
            }
        ],
    }
    limits = RateLimits.from_usage(body, NOW)
    assert limits.windows == (
        Window(300, 100.0, 1795000100.0, NOW),
        Window(10080, 40.0, None, NOW),
        Window(60, 1.0, None, NOW, "codex_example"),
    )
    assert (limits.plan, limits.reached, limits.refill(NOW)) == ("plus", True, 1795000100.0)


words = st.sampled_from(["primary_window", "used_percent", "limit_window_seconds", "7", "x"])
json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
)


@given(
    st.dictionaries(
        st.sampled_from(["plan_type", "rate_limit", "additional_rate_limits", "credits"]), json
    )
)
def test_no_usage_body_breaks_it(body: dict[str, Any]) -> None:
    RateLimits.from_usage(body, NOW)


def test_newer_windows_replace_older_ones_and_keep_the_rest() -> None:
    old = RateLimits((Window(300, 10.0, None, 1.0), Window(10080, 20.0, None, 1.0)), plan="plus")
    new = RateLimits((Window(300, 30.0, None, 2.0),), reached=False)
    assert old.updated(new, NOW) == RateLimits(
        (Window(300, 30.0, None, 2.0), Window(10080, 20.0, None, 1.0)), plan="plus", reached=False
    )


def test_what_was_told_earlier_replaces_nothing() -> None:
    known = RateLimits((Window(300, 30.0, None, 2.0),))
    assert known.updated(RateLimits((Window(300, 10.0, None, 1.0),)), NOW).windows == known.windows


def test_what_was_told_before_the_clock_was_set_back_is_replaced() -> None:
    known = RateLimits((Window(300, 30.0, None, NOW + 86_400),))
    new = RateLimits((Window(300, 10.0, None, NOW),))
    assert known.updated(new, NOW).windows == new.windows


def test_the_window_that_binds_is_the_fullest_of_the_plans_own() -> None:
    day = Window(1440, 99.0, NOW + 9, NOW, "codex_bengalfox")
    short, week = Window(300, 90.0, NOW + 60, NOW), Window(10080, 40.0, NOW + 5000, NOW)
    limits = RateLimits((short, week, day))
    assert limits.binding(NOW) == short
    assert limits.binding(NOW + 61) == week
    assert RateLimits((replace(short, used_percent=40.0), week)).binding(NOW) == week
    assert RateLimits((day,)).binding(NOW) is None


def test_a_window_without_a_reset_lasts_for_its_length() -> None:
    window = Window(300, 90.0, None, NOW)
    assert (window.use(NOW + 17_999), window.use(NOW + 18_000)) == (90.0, 0.0)


def test_limits_are_as_old_as_the_oldest_of_the_plans_own_windows() -> None:
    day = Window(1440, 99.0, None, NOW - 50, "codex_bengalfox")
    both = RateLimits((Window(300, 1.0, None, NOW), Window(10080, 1.0, None, NOW - 5), day))
    assert both.as_of == NOW - 5
    assert RateLimits().as_of == 0


def test_openai_headers_say_only_what_is_known() -> None:
    full = RateLimits((Window(300, 100.0, NOW + 90, NOW), Window(10080, 20.0, None, NOW)))
    assert full.ratelimit_headers(NOW) == {
        "x-ratelimit-reset-requests": "90s",
        "x-ratelimit-remaining-requests": "0",
    }
    assert RateLimits().ratelimit_headers(NOW) == {}
