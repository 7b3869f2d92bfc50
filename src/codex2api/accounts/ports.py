"""What this room needs from outside; ``store`` and ``auth`` implement it."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from codex2api.accounts.account import Account, TokenSet


class AccountStore(Protocol):
    """Where accounts live."""

    async def accounts(self) -> Sequence[Account]:
        """All signed-in accounts, as stored now (a cheap call: it is made on every request).

        As long as nothing has changed it is the very same object, so that whoever derives
        something from it need not do so again.
        """

    async def add(self, account: Account) -> None:
        """Persist a new sign-in durably, in place of what the label held before."""

    async def save_tokens(self, label: str, tokens: TokenSet) -> Account:
        """Persist refreshed tokens durably, then return the account with them.

        Only for the holder of the refresh turn.
        """

    async def remove(self, label: str) -> None:
        """Forget an account."""

    def refresh_turn(self, label: str) -> AbstractAsyncContextManager[Account]:
        """Wait for the sole right, across tasks and processes, to refresh; yields the account.

        Raises:
            ApiError: ``NO_ACCOUNT``, if the account is gone.
        """


class PauseStore(Protocol):
    """Where it is kept that an account is to serve nobody for the time being."""

    async def pause(self, label: str, paused: bool) -> None:
        """Take it down, for all processes and the next start.

        Raises:
            ApiError: ``NO_ACCOUNT``; it could not be kept.
        """


class AccountHome(AccountStore, PauseStore, Protocol):
    """All that is kept of accounts."""


class TokenIssuer(Protocol):
    """Who turns a refresh token into new tokens."""

    async def refresh(self, tokens: TokenSet, reason: str) -> TokenSet:
        """New tokens for the old.

        Args:
            tokens: The set whose refresh token is spent by this call.
            reason: ``proactive_expiry`` or ``unauthorized_recovery``.

        Raises:
            ApiError: ``SIGN_IN_REQUIRED`` when these tokens can never be refreshed again;
                ``UPSTREAM_TIMEOUT`` when it is unknown whether they were spent;
                ``UPSTREAM_UNAVAILABLE`` when another try may succeed.
        """

    async def confirm(self, tokens: TokenSet) -> TokenSet:
        """Check tokens that ``refresh`` has given and that are stored by now.

        Only asked of tokens that are not ``verified``.

        Returns:
            The same, verified, and saying whose they are.

        Raises:
            ApiError: ``SIGN_IN_REQUIRED`` when they are not what they should be; any other kind
                when that cannot be told now.
        """
