"""Figures and tables, drawn."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from codex2api.cli.call_lines import call_line, heading
from codex2api.cli.columns import cells, count, dollars, padded, seconds, share, table, wrapped
from codex2api.cli.today import use_line
from codex2api.cli.usage import first_midnight, minutes_east
from tests.ledger.calls import a_call, refused


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "-"),
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (12_345, "12.3k"),
        (999_949, "999.9k"),
        (999_950, "1.0M"),
        (4_500_000, "4.5M"),
    ],
)
def test_counts(number: int | None, text: str) -> None:
    assert count(number) == text


def test_other_figures() -> None:
    assert (share(None), share(0.805)) == ("-", "80 %")
    assert (seconds(None), seconds(812.5)) == ("-", "0.8 s")
    prices = [dollars(None), dollars(0), dollars(0.00421), dollars(1234.5, partly=True)]
    assert prices == ["-", "$0.00", "$0.0042", "$1,234.50+"]


def test_a_table_has_figures_in_line() -> None:
    assert table([("NAME", "N"), ("a", "10"), ("long name", "7")], right=[1]) == [
        "NAME        N",
        "a          10",
        "long name   7",
    ]


def test_chinese_takes_two_columns_each() -> None:
    assert (cells("week"), cells("五小时"), padded("月", 4)) == (4, 6, "月  ")
    assert table([("一", "x"), ("abc", "y")]) == ["一   x", "abc  y"]


def test_a_call_is_a_line() -> None:
    line = call_line(a_call(estimated=True), 200, UTC)
    assert line.split("  ")[0] == "01-15 08:00:00"
    assert line.split() == [
        *("01-15", "08:00:00", "200", "chat/completions", "gpt-5.5", "(high)", "ci", "default"),
        *("1.0k", "40", "%", "~100", "0.5", "s", "2.0", "s", "curl/8.5.0"),
    ]


def test_a_refused_call_is_a_line() -> None:
    line = call_line(refused(), 200, timezone(timedelta(hours=-9)))
    assert line.startswith("01-14 23:00:00  429 ")
    assert line.endswith("usage_limit_reached")
    assert "gpt-5.5-high" in line


def test_lines_fit_narrow_terminals() -> None:
    assert "ROUTE" in heading(200)
    assert "ROUTE" not in heading(80)
    assert len(call_line(a_call(), 80)) <= 80


def test_days_begin_at_midnight() -> None:
    now = datetime(2026, 11, 25, 13, 51).astimezone()
    assert first_midnight(now, 1).strftime("%m-%d %H:%M") == "11-25 00:00"
    assert first_midnight(now, 30).strftime("%m-%d %H:%M") == "10-27 00:00"
    assert minutes_east(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=-3.5)))) == -210


def test_todays_use_is_a_line() -> None:
    total = {
        "requests": 12,
        "errors": 0,
        "input_tokens": 1_200_000,
        "cached_share": 0.81,
        "output_tokens": 4200,
    }
    assert use_line(total) == ["Today     12 requests, 1.2M tokens in (81 % cached), 4.2k out"]
    (line,) = use_line(total | {"errors": 2})
    assert line.startswith("Today     12 requests, 2 failed, ")
    assert use_line(total | {"requests": 0}) == use_line(None) == []


def test_lines_are_wrapped_by_the_columns_that_they_take() -> None:
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("一二三四五六", 6) == ["一二三", "四五六"]
    assert wrapped("模型 gpt-5.5 可用", 12) == ["模型 gpt-5.5", "可用"]
    assert wrapped("", 10) == [""]


def test_no_line_begins_with_the_sign_that_ends_a_sentence() -> None:
    assert wrapped("一二三。四五", 6) == ["一二", "三。四", "五"]
