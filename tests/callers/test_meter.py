"""The limits of one key: what they count, when they refuse, and what they say."""

import pytest

from codex2api.callers import KnownKey
from codex2api.callers.counter import Count
from codex2api.callers.meter import Meter
from codex2api.errors import ApiError, Kind
from tests.callers.house import NOW, Stage, used


def meter_of(known: KnownKey) -> Meter:
    assert known.caller.meter is not None
    return known.caller.meter


def ask(known: KnownKey) -> None:
    meter_of(known).enter(known.caller)


def end(known: KnownKey, **tokens: int) -> None:
    meter_of(known).leave(known.caller, "a", used(**tokens) if tokens else None)


def refusal(known: KnownKey) -> ApiError:
    with pytest.raises(ApiError) as caught:
        ask(known)
    return caught.value


def headers(known: KnownKey) -> dict[str, str]:
    told = meter_of(known).headers(known.caller)
    return {name.decode(): value.decode() for name, value in told}


def test_requests_are_counted_in_windows_from_the_epoch() -> None:
    stage = Stage(now=NOW + 600)  # 08:10
    key = stage.key(requests="2/1h")
    ask(key)
    ask(key)

    error = refusal(key)

    assert error.kind is Kind.RATE_LIMITED
    assert error.retry_after == 3000
    assert error.message == (
        "This API key has used its 2 requests per 1h. "
        "The next window begins at 2027-01-15 09:00:00 UTC."
    )
    stage.now += 3000
    ask(key)


def test_a_refused_request_is_not_counted() -> None:
    stage = Stage()
    key = stage.key(requests="1/1h", concurrency="1")
    ask(key)
    for _ in range(3):
        refusal(key)
    end(key)
    stage.now += 3600
    ask(key)


def test_none_at_all_is_a_limit_too() -> None:
    assert refusal(Stage().key(requests="0/1h")).kind is Kind.RATE_LIMITED


def test_tokens_are_those_of_answers_that_ended() -> None:
    stage = Stage()
    key = stage.key(tokens="100/1d")
    ask(key)
    end(key, fresh=60, written=30)
    ask(key)  # the answer that goes beyond a limit is served
    end(key, fresh=20)

    assert "100 tokens per 1d" in refusal(key).message
    assert headers(key)["x-ratelimit-remaining-tokens"] == "0"


def test_what_told_no_usage_has_used_none() -> None:
    key = Stage().key(tokens="1/1d")
    ask(key)
    end(key)
    ask(key)


def test_so_many_at_once() -> None:
    key = Stage().key(concurrency="2")
    ask(key)
    ask(key)
    error = refusal(key)
    assert "2 requests under way at once" in error.message
    assert error.retry_after == 1
    end(key)
    ask(key)


def test_the_headers_tell_what_is_left() -> None:
    stage = Stage(now=NOW + 600)
    key = stage.key(requests="10/1h", tokens="1k/1d")
    ask(key)
    end(key, fresh=1, written=2)
    assert headers(key) == {
        "x-ratelimit-limit-requests": "10",
        "x-ratelimit-remaining-requests": "9",
        "x-ratelimit-reset-requests": "3000s",
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "997",
        "x-ratelimit-reset-tokens": "57000s",
    }


def test_without_limits_nothing_is_told_or_kept() -> None:
    stage = Stage()
    key = stage.key()
    ask(key)
    end(key, fresh=5)
    assert headers(key) == {}
    assert stage.books.take() == ([], {})


@pytest.mark.parametrize(
    ("models", "asked", "allowed"),
    [
        ("gpt-5.5", "gpt-5.5", True),
        ("gpt-5.5", "gpt-5.5-high", True),
        ("gpt-5*", "gpt-5.1-codex", True),
        ("gpt-5.5-low", "gpt-5.5-low", True),
        ("gpt-5.5-low", "gpt-5.5-high", False),
        ("gpt-5.1-codex", "gpt-5.1-codex-max", False),
        ("gpt-5.5", "GPT-5.5", False),
        ("gpt-5.5", "", False),
    ],
)
def test_models_may_be_chosen(models: str, asked: str, allowed: bool) -> None:
    stage = Stage(slugs={"gpt-5.5-high": "gpt-5.5", "gpt-5.5-low": "gpt-5.5"})
    key = stage.key(models=models)
    if allowed:
        meter_of(key).require_model(key.caller, asked)
        return
    with pytest.raises(ApiError, match="It may use: gpt-5") as caught:
        meter_of(key).require_model(key.caller, asked)
    assert caught.value.kind is Kind.MODEL_NOT_FOUND
    assert caught.value.param == "model"


def test_a_key_is_over_at_its_very_second() -> None:
    stage = Stage()
    key = stage.key(expires=NOW + 10)
    stage.now += 9.9
    assert meter_of(key).caller() == key.caller
    stage.now += 0.1
    with pytest.raises(ApiError, match="expired at 2027-01-15 08:00 UTC"):
        meter_of(key).caller()


def test_a_revoked_key_is_refused_whoever_holds_its_caller() -> None:
    key = Stage().key()
    meter_of(key).holder = None
    with pytest.raises(ApiError, match="revoked") as caught:
        meter_of(key).caller()
    assert caught.value.kind is Kind.INVALID_KEY


def test_one_request_is_not_called_several() -> None:
    key = Stage().key(requests="1/1h")
    ask(key)
    assert "its 1 request per 1h." in refusal(key).message


def test_a_clock_that_is_set_back_opens_the_window_of_its_new_time() -> None:
    stage = Stage()
    key = stage.key(requests="1/1m")
    ask(key)
    refusal(key)

    stage.now -= 86_400

    ask(key)
    assert refusal(key).retry_after == 60
    (addition,), _ = stage.books.take()
    assert (addition.began, addition.first) == (NOW - 86_400, 1)


def test_a_clock_that_is_set_back_a_little_opens_nothing() -> None:
    stage = Stage()
    key = stage.key(requests="1/1m")
    ask(key)

    stage.now -= 1

    refusal(key)


def test_a_window_that_others_count_before_the_clock_was_set_back_closes_nothing() -> None:
    stage = Stage()
    key = stage.key(requests="1/1m")
    stage.books.learn([Count(key.caller.id, "requests/60", int(NOW) + 86_400, 1)])
    ask(key)
    stage.books.learn([Count(key.caller.id, "requests/60", int(NOW), 1)])
    refusal(key)


def test_when_a_key_was_last_used_is_told_also_by_a_clock_that_was_set_back() -> None:
    stage = Stage()
    key = stage.key()
    meter = Meter(stage.house, lasting=True)
    meter.holder = key
    for moment in (NOW, NOW + 1, NOW - 86_400):
        stage.now = moment
        meter.caller()
        _, seen = stage.books.take()
        assert seen == ({} if moment == NOW + 1 else {key.caller.id: moment})
