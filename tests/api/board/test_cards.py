"""An account as a browser is told."""

import pytest
from tests.fakes import NOW

from codex2api.accounts.limits import RateLimits, Window
from codex2api.accounts.pool import AccountState
from codex2api.api.board.cards import cards
from codex2api.protocol.json import encode


def state(*windows: Window, **fields: object) -> AccountState:
    known: dict[str, object] = {
        "label": "work",
        "account_id": "id",
        "plan": "pro",
        "email": "ada@example.org",
        "expires_at": NOW + 60,
        "state": "active",
        "reason": None,
        "until": None,
        "limits": RateLimits(windows),
    }
    return AccountState(**known | fields)  # type: ignore[arg-type]


def window(used: float, family: str = "codex", left: float = 600) -> Window:
    return Window(300, used, NOW + left, NOW, family)


def test_an_empty_window_limits_also_before_somebody_was_refused() -> None:
    (card,) = cards([state(window(100))], NOW)
    assert (card.state, card.until) == ("limited", NOW + 600)


@pytest.mark.parametrize(
    "windows", [(window(99),), (window(100, left=-1),), (window(100, "other"),), ()]
)
def test_whoever_can_serve_is_active(windows: tuple[Window, ...]) -> None:
    (card,) = cards([state(*windows)], NOW)
    assert (card.state, card.until) == ("active", None)


def test_an_address_has_to_be_asked_for() -> None:
    assert b"ada@" not in encode(cards([state()], NOW))


def test_a_pause_stays_a_pause() -> None:
    (card,) = cards([state(window(100), state="paused", reason="Paused.")], NOW)
    assert (card.state, card.reason) == ("paused", "Paused.")


def test_times_of_a_hand_edited_file_are_left_out() -> None:
    (card,) = cards([state(expires_at=1e15)], NOW)
    assert card.token_expires_at is None
