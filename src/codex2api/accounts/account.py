"""ChatGPT accounts and their tokens, as frozen values that hide their secrets."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TokenSet:
    """The tokens of one sign-in.

    Attributes:
        refresh_token: Single use: each refresh rotates it.
        expires_at: When the access token ends, in Unix seconds.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float
    id_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """A ChatGPT account that somebody signed in.

    Attributes:
        label: Our name for it: ``default`` for ``data/tokens.json``.
        account_id: The ChatGPT workspace, sent as ``ChatGPT-Account-ID``.
        tokens: As last seen in the store.
        email: For the owner's eyes only: never in a log or an error.
    """

    label: str
    account_id: str
    tokens: TokenSet
    plan: str | None = None
    email: str | None = field(default=None, repr=False)
    fedramp: bool = False


@dataclass(frozen=True, slots=True)
class Credential:
    """What the upstream needs to serve one call."""

    access_token: str = field(repr=False)
    account_id: str
    fedramp: bool = False


def credential(account: Account) -> Credential:
    """The account's current credential."""
    return Credential(account.tokens.access_token, account.account_id, account.fedramp)
