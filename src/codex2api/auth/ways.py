"""The ways in: what a sign-in with a browser needs of whoever issues the tokens."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from codex2api.accounts.account import Account, TokenSet
from codex2api.auth.returned import Returned

Redeem: TypeAlias = Callable[[Returned], Awaitable[TokenSet]]
"""Tokens for what the browser brought back; raises ``ApiError`` for every reason against it."""


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants to sign in.

    Attributes:
        state: What the browser has to bring back.
        redirect_uri: Where it comes back to.
        label: What the account will be called here.
        holder: Who is called so now.
        anew: Whether it may be another account than the holder.
    """

    state: str = field(repr=False)
    redirect_uri: str
    label: str
    holder: Account | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: where the browser goes, and what its return is worth."""

    authorization_url: str = field(repr=False)
    redeem: Redeem = field(repr=False)


class Way(Protocol):
    """A sign-in that people reach with a browser.

    Attributes:
        redirect_uri: Where the browser comes back to, unless that port is taken.
        any_port: Whether it may come back to any port, and not only to registered ones.
    """

    redirect_uri: str
    any_port: bool

    async def attempt(self, wish: Request) -> Attempt:
        """Begin one.

        Raises:
            ApiError: The service cannot be asked.
        """

    async def revoke(self, tokens: TokenSet) -> bool:
        """End a sign-in at the issuer; best effort, says whether it worked."""
