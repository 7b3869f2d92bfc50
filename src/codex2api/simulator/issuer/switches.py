"""How the token endpoint is told to misbehave, and what it counts."""

from dataclasses import dataclass

MODES = (
    "expired",
    "invalidated",
    "reused",
    "invalid_grant",
    "server_error",
    "html",
    "cut_json",
    "empty",
    "hang_before",
    "hang_after",
    "close_before",
    "close_after",
    "no_refresh_token",
    "no_id_token",
    "other_account",
)
"""Faults of a refresh. ``before`` and ``after`` say whether the refresh token is spent."""


@dataclass(slots=True)
class TokenSwitches:
    """The fault in force.

    Attributes:
        mode: One of ``MODES``, or ``None``.
        times: How many refreshes it still hits; ``None`` is all.
        delay: Seconds that each refresh takes at least.
    """

    mode: str | None = None
    times: int | None = None
    delay: float = 0.0

    def take(self) -> str | None:
        """The fault of this refresh, counting it."""
        if self.mode is None or self.times == 0:
            return None
        if self.times is not None:
            self.times -= 1
        return self.mode


@dataclass(slots=True)
class RefreshCounts:
    """What proves that one refresh serves many askers.

    Attributes:
        attempts: Refresh requests that arrived.
        succeeded: Refreshes that handed out tokens.
        running: Under way now.
        most_at_once: The highest ``running`` ever was.
    """

    attempts: int = 0
    succeeded: int = 0
    running: int = 0
    most_at_once: int = 0

    def begin(self) -> None:
        """A refresh starts."""
        self.attempts += 1
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)

    def end(self) -> None:
        """A refresh is over, whatever came of it."""
        self.running -= 1
