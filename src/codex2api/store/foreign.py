"""Sign-ins that other programs keep: Codex' and ChatMock's ``auth.json``, and token files."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from codex2api.accounts.account import Account, AccountKind
from codex2api.errors import ApiError, Kind
from codex2api.store import tokenform

_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class ForeignTokens:
    """Tokens as another file holds them, whose they are still to be read from them.

    Attributes:
        shared: Whether another program goes on using the same single-use refresh token.
        account_id: As the file says.
        expires_at: As the file says, in Unix seconds.
        official: The whole account, from a file of our own that holds one of the official sign-in:
            its tokens alone do not say enough.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    shared: bool
    id_token: str | None = field(default=None, repr=False)
    account_id: str | None = None
    expires_at: float | None = None
    official: Account | None = None


class _Tokens(msgspec.Struct, kw_only=True):
    access_token: str
    refresh_token: str
    id_token: str | None = None
    account_id: str | None = None
    expires_at: float | None = None


def read_foreign(path: Path) -> ForeignTokens:
    """The sign-in in a file of Codex, of ChatMock, or in our own form.

    Whoever spends the refresh token first logs the other program out (``shared`` says so).

    Raises:
        ApiError: ``BAD_REQUEST`` with one sentence on what is wrong with the file.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST)
    except OSError as error:
        raise _unfit(path.name, error.strerror or "it cannot be read") from None
    return foreign_tokens(path.name, content)


def foreign_tokens(name: str, content: bytes) -> ForeignTokens:
    """The sign-in in what such a file holds; as ``read_foreign``.

    Args:
        name: What the file is called in errors.
        content: Of the file.
    """
    try:
        held = tokenform.fields(content)
        nested = isinstance(held.get("tokens"), dict)
        tokens = msgspec.convert(held["tokens"] if nested else held, _Tokens)
    except tokenform.DamagedError as error:
        raise _unfit(name, str(error)) from None
    except msgspec.ValidationError:
        raise _unfit(name, _why_none(held)) from None
    if not (tokens.access_token and tokens.refresh_token):
        raise _unfit(name, "its tokens are empty")
    return ForeignTokens(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        shared=nested,
        id_token=tokens.id_token,
        account_id=tokens.account_id,
        expires_at=None if tokens.expires_at is None else tokenform.seconds(tokens.expires_at),
        official=_official(name, content) if held.get("kind") == AccountKind.OFFICIAL else None,
    )


def _official(name: str, content: bytes) -> Account:
    try:
        account = tokenform.read("default", content)
    except tokenform.DamagedError as error:
        raise _unfit(name, str(error)) from None
    if not account.tokens.client_id:
        raise _unfit(name, "it lacks client_id")
    return account


def _why_none(held: dict[str, Any]) -> str:
    if held.get("OPENAI_API_KEY"):
        return "it holds an API key, not a ChatGPT sign-in"
    return "it holds no ChatGPT sign-in"


def _unfit(name: str, reason: str) -> ApiError:
    return ApiError(Kind.BAD_REQUEST, f"{name} cannot be imported: {reason}.", param="file")
