"""What people write about keys is understood, or refused with a sentence."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from codex2api.callers.grants import NO_GRANTS, Grants, Rate
from codex2api.callers.wording import (
    STYLES,
    WordingError,
    changed,
    key_name,
    moment,
    number,
    rate_text,
)
from codex2api.dialects.reasoning import ReasoningStyle
from tests.callers.house import NOW, granted


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("requests", "100/1h", Rate(100, 3600)),
        ("requests", "0/d", Rate(0, 86_400)),
        ("tokens", "1M/1d", Rate(1_000_000, 86_400)),
        ("tokens", "2.5k / 90m", Rate(2500, 5400)),
        ("concurrency", "3", 3),
        ("concurrency", 3, 3),
        ("weekly_share", "20%", 20.0),
        ("weekly_share", "12.5", 12.5),
        ("models", "gpt-5.5, gpt-5*", ("gpt-5.5", "gpt-5*")),
        ("models", ["gpt-5.5"], ("gpt-5.5",)),
        ("account", "anne_2", "anne_2"),
        ("reasoning", "none", "none"),
        ("reserve", True, True),
    ],
)
def test_grants_are_read(field: str, text: Any, value: Any) -> None:
    assert getattr(changed(NO_GRANTS, {field: text}), field) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("requests", "100"),
        ("requests", "100/0h"),
        ("requests", "-1/1h"),
        ("requests", "1.5/1h"),
        ("requests", "1/2y"),
        ("tokens", "1M/400d"),
        ("tokens", "9999999999999999/1d"),
        ("concurrency", "0"),
        ("concurrency", "many"),
        ("weekly_share", "0%"),
        ("weekly_share", "nan"),
        ("weekly_share", "101%"),
        ("models", ","),
        ("models", "a\nb"),
        ("account", "no such label"),
        ("account", "../tokens"),
        ("reasoning", "loud"),
    ],
)
def test_nonsense_is_refused_and_names_its_field(field: str, text: str) -> None:
    with pytest.raises(WordingError) as caught:
        changed(NO_GRANTS, {field: text})
    assert caught.value.param == field


def test_none_takes_a_limit_away() -> None:
    full = granted(requests="1/1s", models="a", weekly_share="5%", account="a", reasoning="o3")
    words = {"requests": "none", "models": "none", "weekly_share": None, "account": "none"}
    assert changed(full, words | {"reasoning": "default"}) == Grants()


def test_the_styles_are_those_of_the_dialects() -> None:
    assert set(STYLES) == set(ReasoningStyle)


@pytest.mark.parametrize(
    ("text", "seconds"), [("30d", 30 * 86_400), ("12h", 43_200), ("w", 604_800)]
)
def test_a_key_may_expire_after_a_while(text: str, seconds: int) -> None:
    assert moment(text, NOW) == NOW + seconds


def test_a_key_may_expire_at_a_moment() -> None:
    assert moment("2099-01-31T18:00:00Z", NOW) == 4_073_565_600
    assert moment("2099-01-31T18:00:00+02:00", NOW) == 4_073_558_400
    assert moment("2099-01-31", NOW) == datetime(2099, 1, 31).astimezone().timestamp()
    assert moment("none", NOW) is None
    assert moment("never", NOW) is None


@pytest.mark.parametrize("text", ["soon", "0d", "2001-01-01", "9999-12-31", "30", "", "1h30m"])
def test_what_is_no_moment_to_come_is_refused(text: str) -> None:
    with pytest.raises(WordingError):
        moment(text, NOW)


@pytest.mark.parametrize(
    "name", ["", "a b", "-x", "a" * 65, "owner", "anyone", "key-1", "é", "a/b"]
)
def test_names_that_no_key_can_have(name: str) -> None:
    with pytest.raises(WordingError):
        key_name(name)


@given(st.integers(0, 10**12), st.sampled_from([1, 60, 90, 3600, 5400, 86_400, 604_800]))
def test_a_rate_is_read_as_it_is_written(most: int, seconds: int) -> None:
    rate = Rate(most, seconds)
    assert granted(requests=rate_text(rate)).requests == rate


def test_numbers_are_written_the_shortest_exact_way() -> None:
    assert [number(n) for n in (0, 999, 1000, 1500, 2_000_000)] == ["0", "999", "1k", "1500", "2M"]
