"""An account as its owner sees it in a browser."""

from collections.abc import Sequence

from msgspec import Struct

from codex2api.accounts.limits import Window
from codex2api.accounts.pool import AccountState

_LAST_SECOND = 32_503_680_000
"""The year 3000: what a hand-edited file says beyond is nonsense."""


class WindowCard(Struct, frozen=True):
    """A limit window; times in Unix seconds, percentages of use."""

    minutes: int
    family: str
    used_percent: float
    resets_at: float | None
    as_of: float


class AccountCard(Struct, frozen=True, kw_only=True):
    """An account; never a token of it, nor its e-mail address, which has to be asked for.

    Attributes:
        account: Label.
        kind: Which of OpenAI's sign-ins it came by: ``codex`` or ``official``.
        limits_reported: Whether ChatGPT tells how much of its plan is used.
        state: ``active``, ``limited``, ``paused``, ``sign_in_required`` or ``consent_required``.
        reason: Why it is not active, in a sentence.
        until: When it is expected back, in Unix seconds.
        token_expires_at: In Unix seconds; the token is refreshed before.
    """

    account: str
    account_id: str
    kind: str
    limits_reported: bool
    plan: str | None
    state: str
    reason: str | None
    until: float | None
    token_expires_at: float | None
    credits: str | None
    windows: list[WindowCard]


def cards(states: Sequence[AccountState], now: float) -> list[AccountCard]:
    """All accounts, in their order.

    Args:
        states: As the pool sees them. It tries an account until it is refused; whoever looks at
            an empty window wants to read that it is limited.
        now: Unix seconds.
    """
    return [_card(state, now) for state in states]


def _card(state: AccountState, now: float) -> AccountCard:
    full = state.limits.binding(now)
    is_empty = state.state == "active" and full is not None and full.use(now) >= 100
    return AccountCard(
        account=state.label,
        account_id=state.account_id,
        kind=state.kind.value,
        limits_reported=state.kind.tells_limits,
        plan=state.plan,
        state="limited" if is_empty else state.state,
        reason=state.reason,
        until=_moment(state.limits.refill(now) if is_empty else state.until),
        token_expires_at=_moment(state.expires_at),
        credits=state.limits.credits,
        windows=[_window(window) for window in state.limits.windows],
    )


def _window(window: Window) -> WindowCard:
    return WindowCard(
        window.minutes,
        window.family,
        round(window.used_percent, 2),
        _moment(window.resets_at),
        window.as_of,
    )


def _moment(seconds: float | None) -> float | None:
    return seconds if seconds is not None and 0 < seconds < _LAST_SECOND else None
