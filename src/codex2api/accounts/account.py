"""ChatGPT accounts and their tokens, as frozen values that hide their secrets."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

LABEL = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
"""What an account may be called: it is part of a file's name."""


class AccountKind(StrEnum):
    """By which of OpenAI's sign-ins an account came; who signs it in and serves it goes by this."""

    CODEX = "codex"
    OFFICIAL = "official"

    @property
    def tells_limits(self) -> bool:
        """Whether ChatGPT says how much of the plan is used."""
        return self is AccountKind.CODEX

    @property
    def option(self) -> str:
        """What ``codex2api login`` needs to be told, with a space before it."""
        return " --official" if self is AccountKind.OFFICIAL else ""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose tokens these are, as the tokens themselves say.

    Attributes:
        account_id: The ChatGPT workspace. One person may have several, and share one with others.
        user_id: The person.
        email: For the owner's eyes only: never in a log or an error.
    """

    account_id: str
    user_id: str | None = None
    plan: str | None = None
    email: str | None = field(default=None, repr=False)
    fedramp: bool = False


@dataclass(frozen=True, slots=True)
class TokenSet:
    """The tokens of one sign-in.

    Attributes:
        refresh_token: Single use: each refresh rotates it.
        expires_at: When the access token ends, in Unix seconds, by the issuer's clock.
        issued_at: When we received them, in Unix seconds, by our clock; unknown for tokens that
            another program wrote.
        identity: Whose they are, where they can be read.
        kind: By which sign-in they came.
        client_id: The client that they were issued to, where every sign-in has one of its own.
        plan_use: Whether the person has allowed that they use the plan.
        earliest_refresh_at: A refresh before this moment would end the sign-in. In Unix seconds, by
            our clock; ``None`` if it may be refreshed at any time.
        verified: False from a rotation until the ID token that came with it has been checked.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float
    id_token: str | None = field(default=None, repr=False)
    issued_at: float | None = None
    identity: Identity | None = None
    kind: AccountKind = AccountKind.CODEX
    client_id: str | None = None
    plan_use: bool = True
    earliest_refresh_at: float | None = None
    verified: bool = True

    def may_be_refreshed(self, now: float) -> bool:
        """Whether a refresh at this moment does no harm."""
        return self.earliest_refresh_at is None or self.earliest_refresh_at <= now


@dataclass(frozen=True, slots=True)
class Account:
    """A ChatGPT account that somebody signed in.

    Attributes:
        label: Our name for it: ``default`` for ``data/tokens.json``.
        account_id: The ChatGPT workspace, sent as ``ChatGPT-Account-ID``.
        tokens: As last seen in the store.
        email: For the owner's eyes only: never in a log or an error.
        paused: Its owner wants it to serve nobody for the time being.
    """

    label: str
    account_id: str
    tokens: TokenSet
    plan: str | None = None
    email: str | None = field(default=None, repr=False)
    fedramp: bool = False
    user_id: str | None = None
    paused: bool = False

    @property
    def kind(self) -> AccountKind:
        """By which sign-in it came."""
        return self.tokens.kind

    def belongs_to(self, identity: Identity) -> bool:
        """Whether tokens with this identity are tokens of this very account."""
        same_user = None in (self.user_id, identity.user_id) or self.user_id == identity.user_id
        return same_user and self.account_id == identity.account_id

    def refreshed(self, tokens: TokenSet) -> "Account":
        """The account with newer tokens, and with what they say of it."""
        who = tokens.identity
        if who is None:
            return replace(self, tokens=tokens)
        return replace(
            self,
            tokens=tokens,
            plan=who.plan or self.plan,
            email=who.email or self.email,
            user_id=who.user_id or self.user_id,
            fedramp=who.fedramp,
        )


@dataclass(frozen=True, slots=True)
class Credential:
    """What the upstream needs to serve one call."""

    access_token: str = field(repr=False)
    account_id: str
    fedramp: bool = False
    kind: AccountKind = AccountKind.CODEX


def credential(account: Account) -> Credential:
    """The account's current credential."""
    tokens = account.tokens
    return Credential(tokens.access_token, account.account_id, account.fedramp, tokens.kind)
