"""Drawing of accounts and their limits."""

import re
from dataclasses import replace
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
    assert draw([account(gauge(38), week)], NOW, Style(width=100)) == [
        ("ada@example.org   Pro   active", ""),
        (f"  5 hours  {'━' * 11}{'─' * 18}   38 % used  resets in 2 h 14 m (16:05)", "green"),
        (f"  week     {'━' * 28}─   96 % used  resets in 4 d 0 h (Tue 13:51)", "red"),
    ]


def test_several_accounts_are_in_columns_and_say_how_old_their_news_is() -> None:
    spare = replace(account(state="limited", label="spare"), name="b@example.org", plan="team")
    lines = [text for text, _ in draw([account(gauge(1)), spare], NOW, Style())]
    assert [line for line in lines if "as of" in line] == ["  limits as of 0 s ago"]
    assert lines[0] == "ada@example.org        Pro    active"
    assert lines[3] == "spare: b@example.org   Team   ▲ limited until 16:51"


def test_plain_terminals_get_ascii() -> None:
    lines = draw([account(gauge(50, left=None), state="limited")], NOW, Style(plain=True))
    assert all(text.isascii() for text, _ in lines)
    assert lines == [
        ("ada@example.org   Pro   ! limited until 16:51", "yellow"),
        (f"  5 hours  [{'#' * 14}{'-' * 15}]   50 % used", "green"),
    ]


@pytest.mark.parametrize("width", range(60, 120))
@pytest.mark.parametrize("plain", [True, False])
def test_bars_shrink_so_that_every_line_fits(width: int, plain: bool) -> None:
    gauges = [gauge(38), gauge(100, "7d", 4 * 86400), gauge(3, "1d", None)]
    lines = [text for text, _ in draw([account(*gauges)], NOW, Style(width, plain))]
    assert max(len(line) for line in lines) <= width
    bars = {len(re.findall(r"[━─#-]", line)) for line in lines[1:]}
    assert len(bars) == 1, "one length for all"
    assert bars <= set(range(3, 30))


def test_narrow_terminals_get_one_fact_a_line() -> None:
    assert draw([account(gauge(80), state="limited")], NOW, Style(width=59)) == [
        ("ada@example.org", "yellow"),
        ("  Pro", "yellow"),
        ("  ▲ limited until 16:51", "yellow"),
        ("  5 hours: 80 % used", "yellow"),
        ("    resets in 2 h 14 m (16:05)", "yellow"),
    ]


def test_a_window_that_has_refilled_since_is_not_shown_as_full() -> None:
    (_, (line, colour)) = draw([account(gauge(100, left=-60))], NOW, Style())
    assert line.endswith("  0 % used  has refilled since")
    assert colour == "green"


def test_a_sign_in_that_is_over() -> None:
    lines = draw([account(state="sign_in_required", label="work")], NOW, Style())
    assert lines[:2] == [
        ("work: ada@example.org   Pro   ▲ sign-in needed", "yellow"),
        ("  why", "red"),
    ]


def test_other_families_are_named() -> None:
    (*_, (line, _), _) = draw([account(gauge(1, family="spark"))], NOW, Style(width=40))
    assert line.startswith("  spark 5 hours: ")


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
