"""Which issuer refreshes tokens: looked up by their kind, here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass

from codex2api.accounts.account import AccountKind, TokenSet
from codex2api.accounts.ports import TokenIssuer


@dataclass(frozen=True, slots=True)
class IssuerByKind:
    """The keeper's ``TokenIssuer``."""

    issuers: Mapping[AccountKind, TokenIssuer]

    async def refresh(self, tokens: TokenSet, reason: str) -> TokenSet:
        """As the port says, at the issuer of these tokens."""
        return await self.issuers[tokens.kind].refresh(tokens, reason)

    async def confirm(self, tokens: TokenSet) -> TokenSet:
        """As the port says, by the rules of the issuer of these tokens."""
        return await self.issuers[tokens.kind].confirm(tokens)
