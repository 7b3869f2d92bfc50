"""Drawing of accounts and their limits."""

from datetime import UTC, datetime, timedelta

import pytest

from codex2api.cli.gauges import AccountLine, Gauge, Style, draw, span

NOW = datetime(2026, 11, 20, 13, 51, tzinfo=UTC)


def gauge(used: float, name: str = "5h", left: float | None = 8040, family: str = "codex") -> Gauge:
    resets_at = None if left is None else NOW + timedelta(seconds=left)
    return Gauge(name, 300, used, resets_at, NOW, family)


def account(*gauges: Gauge, state: str = "active", label: str = "default") -> AccountLine:
    until = NOW + timedelta(hours=3) if state == "limited" else None
    return AccountLine(label, "ada@example.org", "pro", state, "why", until, NOW, gauges)


def test_an_active_account() -> None:
    week = gauge(96, "7d", 4 * 86400)
    assert draw([account(gauge(38), week)], NOW, Style()) == [
        ("ada@example.org   pro   active", ""),
        (f"  5 hours   {'━' * 11}{'─' * 18}   38 % used resets in 2 h 14 m (16:05)", "green"),
        (f"  week      {'━' * 28}─   96 % used resets in 4 d 0 h (Tue 13:51)", "red"),
    ]


def test_several_accounts_say_how_old_their_news_is() -> None:
    lines = [text for text, _ in draw([account(gauge(1)), account()], NOW, Style())]
    assert [line for line in lines if "as of" in line] == ["  limits as of 0 s ago"]


def test_plain_terminals_get_ascii() -> None:
    lines = draw([account(gauge(50, left=None), state="limited")], NOW, Style(plain=True))
    assert all(text.isascii() for text, _ in lines)
    assert lines[0] == ("ada@example.org   pro   ! limited until 16:51", "yellow")


def test_narrow_terminals_get_no_bar() -> None:
    (_, (line, _)) = draw([account(gauge(80))], NOW, Style(width=50))
    assert line == "  5 hours     80 % used resets in 2 h 14 m (16:05)"


def test_a_sign_in_that_is_over() -> None:
    lines = draw([account(state="sign_in_required", label="work")], NOW, Style())
    assert lines[:2] == [
        ("work: ada@example.org   pro   ▲ sign-in needed", "yellow"),
        ("  why", "red"),
    ]


def test_other_families_are_named() -> None:
    (_, (line, _)) = draw([account(gauge(1, family="spark"))], NOW, Style(width=40))
    assert line.startswith("  spark 5 hours")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (40, "40 s"),
        (61, "1 m"),
        (3600, "1 h 0 m"),
        (8040, "2 h 14 m"),
        (90000, "1 d 1 h"),
    ],
)
def test_spans(seconds: float, text: str) -> None:
    assert span(seconds) == text
