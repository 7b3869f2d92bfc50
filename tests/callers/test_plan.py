"""Shares of a week, and what is kept back."""

import pytest

from codex2api.callers import Caller, KnownKey
from codex2api.callers.plan import weight_of
from codex2api.errors import ApiError, Kind
from tests.callers.house import NOW, Stage, used


def spend(stage: Stage, known: KnownKey, **tokens: int) -> None:
    stage.plan.count(known.caller, "a", used(**tokens))


def refusal(stage: Stage, caller: Caller, label: str = "a") -> ApiError | None:
    try:
        stage.plan.check(caller, label)
    except ApiError as error:
        return error
    return None


def test_output_weighs_more_than_input_and_cached_input_less() -> None:
    assert weight_of(used(fresh=3)) == 30
    assert weight_of(used(cached=3)) == 3
    assert weight_of(used(written=3)) == 240


def test_a_share_is_the_key_s_part_of_what_was_used_since_counting_began() -> None:
    stage = Stage()
    stage.plan.sharing = True
    anne, ben = stage.key("anne", weekly_share="20%"), stage.key("ben")
    stage.plan_used(40)  # by others, before
    spend(stage, anne, fresh=100)
    assert refusal(stage, anne.caller) is None
    spend(stage, ben, fresh=300)
    stage.plan_used(80)
    assert refusal(stage, anne.caller) is None  # a quarter of the 40 since then
    spend(stage, anne, fresh=300)

    error = refusal(stage, anne.caller)  # now four sevenths of them

    assert error is not None
    assert error.kind is Kind.RATE_LIMITED
    assert error.retry_after == 86_400
    assert "its 20 % of the plan's weekly window" in error.message
    assert "2027-01-16 08:00 UTC" in error.message
    assert refusal(stage, ben.caller) is None
    assert refusal(stage, anne.caller, "another account") is None


def test_a_new_week_begins_with_nothing() -> None:
    stage = Stage()
    stage.plan.sharing = True
    anne = stage.key("anne", weekly_share="1%")
    stage.plan_used(0)
    spend(stage, anne, fresh=100)
    stage.plan_used(50)
    assert refusal(stage, anne.caller) is not None
    stage.now = NOW + 86_401  # nothing is known of the new week
    assert refusal(stage, anne.caller) is None
    week = stage.windows["a"][0]
    stage.windows["a"] = [type(week)(week.minutes, 2, NOW + 8 * 86_400, stage.now)]
    assert refusal(stage, anne.caller) is None


def test_the_end_of_a_week_may_be_told_a_little_differently() -> None:
    stage = Stage()
    stage.plan.sharing = True
    anne = stage.key("anne", weekly_share="30%")
    stage.plan_used(0)
    spend(stage, anne, fresh=100)
    week = stage.windows["a"][0]
    stage.windows["a"] = [type(week)(week.minutes, 50, NOW + 86_397, stage.now)]
    assert refusal(stage, anne.caller) is not None


def test_nobody_is_counted_where_no_key_has_a_share() -> None:
    stage = Stage()
    stage.plan_used(10)
    spend(stage, stage.key(), fresh=100)
    assert stage.books.take() == ([], {})


@pytest.mark.parametrize(("percent", "refused"), [(89.0, False), (90.0, False), (90.5, True)])
def test_the_rest_of_a_plan_is_kept_for_chosen_keys(percent: float, refused: bool) -> None:
    stage = Stage(reserve=10)
    stage.plan_used(20)
    stage.plan_used(percent, minutes=300)
    guest, chosen = stage.key("anne"), stage.key("ben", reserve=True)

    error = refusal(stage, guest.caller)

    assert (error is not None) is refused
    if error is not None:
        assert error.kind is Kind.RATE_LIMITED
        assert "keeps the last 10 % of the plan" in error.message
        assert "9.5 % are left" in error.message
    assert refusal(stage, chosen.caller) is None
    assert refusal(stage, Caller("owner", admin=True)) is None


def test_a_window_that_has_refilled_says_nothing() -> None:
    stage = Stage(reserve=10)
    stage.plan_used(95)
    stage.now += 86_401
    assert refusal(stage, stage.key().caller) is None


def test_only_those_whom_it_concerns_are_asked() -> None:
    off, on = Stage(), Stage(reserve=5)
    assert not off.plan.concerns(off.key().caller)
    assert off.plan.concerns(off.key(weekly_share="5%").caller)
    assert on.plan.concerns(on.key().caller)
    assert not on.plan.concerns(on.key(reserve=True).caller)
    assert not on.plan.concerns(Caller("owner", admin=True))
