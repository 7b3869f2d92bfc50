"""Sums become the lines of a report."""

from decimal import Decimal
from typing import Any

from codex2api.ledger.reading import Gathered
from codex2api.ledger.reports import FirstToken, Group, Sum, Tokens, empty, grouped, no_price


def a_sum(group: str = "a", **fields: Any) -> Sum:
    known: dict[str, Any] = {
        "name": group.upper(),
        "model": "gpt-5.5",
        "day": 20_000,
        "requests": 2,
        "errors": 0,
        "told": 2,
        "untold": 0,
        "tokens": Tokens(100, 80, 20, 5),
    }
    return Sum(group=group, **known | fields)


def cent_a_call(model: str, _day: int, _tokens: Tokens, calls: int) -> Decimal | None:
    return Decimal("0.01") * calls if model.startswith("gpt") else None


def test_parts_of_a_group_are_one_line() -> None:
    parts = [a_sum(day=1), a_sum(day=2, requests=3, errors=1, tokens=Tokens(100, 20, 10, 0))]
    assert grouped(parts, {"a": FirstToken(250.0, 900.0)}, cent_a_call) == [
        Group(
            id="a",
            name="A",
            requests=5,
            errors=1,
            input_tokens=200,
            cached_tokens=100,
            output_tokens=30,
            reasoning_tokens=5,
            cached_share=0.5,
            first_token_ms=250.0,
            first_token_p95_ms=900.0,
            list_price_usd=0.04,
            unpriced=0,
        )
    ]


def test_what_has_no_price_is_counted_and_never_guessed() -> None:
    strange = a_sum(model="strange", untold=1, requests=3)
    (line,) = grouped([strange], {}, cent_a_call)
    assert (line.list_price_usd, line.unpriced) == (None, 3)
    (line,) = grouped([strange, a_sum()], {}, cent_a_call)
    assert (line.list_price_usd, line.unpriced) == (0.02, 3)
    (line,) = grouped([a_sum(untold=4)], {}, cent_a_call)
    assert (line.list_price_usd, line.unpriced) == (0.02, 4)


def test_refused_calls_cost_nothing_and_have_no_share() -> None:
    parts = [a_sum(errors=2, told=0, tokens=Tokens())]
    (line,) = grouped(parts, {}, cent_a_call)
    assert (line.list_price_usd, line.unpriced, line.cached_share) == (None, 0, None)
    assert line.first_token_ms is None


def test_the_busiest_come_first_and_days_in_their_order() -> None:
    sums = (a_sum("2"), a_sum("1"), a_sum("3", requests=9))
    by_key = Gathered(5000, "key", sums, {}, None).report(no_price)
    by_day = Gathered(5000, "day", sums, {}, FirstToken(7.5, 9.0)).report(no_price)
    assert [group.id for group in by_key.groups] == ["3", "1", "2"]
    assert [group.id for group in by_day.groups] == ["1", "2", "3"]
    assert (by_day.since, by_day.total.requests, by_day.total.first_token_ms) == (5, 13, 7.5)


def test_a_report_of_nothing() -> None:
    report = Gathered(0, "model", (), {}, None).report(cent_a_call)
    assert (report.groups, report.total) == ([], empty("total"))
