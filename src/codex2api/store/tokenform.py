"""The token file's form: bytes to an account and back; pure.

Times are epoch milliseconds; seconds are understood when read. Whatever we do not know is kept.
"""

from typing import Any

import msgspec

from codex2api.accounts.account import Account, AccountKind, TokenSet

_MILLISECONDS_FROM = 1e11
"""As seconds this is the year 5138, as milliseconds 1973: no real time is mistaken."""


class DamagedError(ValueError):
    """Content that is no token file; the text says why, without quoting it."""


class _Stored(msgspec.Struct, kw_only=True):
    access_token: str
    refresh_token: str
    account_id: str
    expires_at: float = 0.0
    issued_at: float | None = None
    id_token: str | None = None
    plan: str | None = None
    email: str | None = None
    user_id: str | None = None
    fedramp: bool = False
    kind: str | None = None
    client_id: str | None = None
    plan_use: bool = True
    earliest_refresh_at: float | None = None
    verified: bool = True
    paused: bool = False


def fields(content: bytes) -> dict[str, Any]:
    """The JSON object in a file.

    Raises:
        DamagedError: If it is none.
    """
    try:
        parsed = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise DamagedError("it is empty" if not content.strip() else "it is not JSON") from None
    if not isinstance(parsed, dict):
        raise DamagedError("it is not a JSON object")
    return parsed


def read(label: str, content: bytes) -> Account:
    """The account in a token file.

    Raises:
        DamagedError: If there is none.
    """
    try:
        stored = msgspec.convert(fields(content), _Stored)
    except msgspec.ValidationError as error:
        raise DamagedError(_reason(error)) from None
    if not (stored.access_token and stored.account_id):
        raise DamagedError("access_token or account_id is empty")
    tokens = TokenSet(
        access_token=stored.access_token,
        refresh_token=stored.refresh_token,
        expires_at=seconds(stored.expires_at),
        id_token=stored.id_token,
        issued_at=_time(stored.issued_at),
        kind=_kind(stored.kind),
        client_id=stored.client_id,
        plan_use=stored.plan_use,
        earliest_refresh_at=_time(stored.earliest_refresh_at),
        verified=stored.verified,
    )
    return Account(
        label=label,
        account_id=stored.account_id,
        tokens=tokens,
        plan=stored.plan,
        email=stored.email,
        fedramp=stored.fedramp,
        user_id=stored.user_id,
        paused=stored.paused,
    )


def write(account: Account, before: dict[str, Any], now: float) -> bytes:
    """A token file's content.

    Args:
        account: What to keep.
        before: What the file held; its unknown fields survive.
        now: Unix seconds, for ``updated_at``.
    """
    tokens = account.tokens
    known: dict[str, Any] = {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "expires_at": _milliseconds(tokens.expires_at),
        "account_id": account.account_id,
        "updated_at": _milliseconds(now),
    }
    optional: dict[str, Any] = {
        "issued_at": _stamp(tokens.issued_at),
        "id_token": tokens.id_token,
        "plan": account.plan,
        "email": account.email,
        "user_id": account.user_id,
        "fedramp": account.fedramp or None,
        "kind": None if account.kind is AccountKind.CODEX else account.kind,
        "client_id": tokens.client_id,
        "plan_use": None if tokens.plan_use else False,
        "earliest_refresh_at": _stamp(tokens.earliest_refresh_at),
        "verified": None if tokens.verified else False,
        "paused": account.paused or None,
    }
    unknown = {key: value for key, value in before.items() if key not in known | optional}
    present = {key: value for key, value in optional.items() if value is not None}
    return msgspec.json.format(msgspec.json.encode(known | present | unknown), indent=2) + b"\n"


def seconds(time: float) -> float:
    """A stored time in Unix seconds."""
    return time / 1000 if time >= _MILLISECONDS_FROM else time


def _kind(stored: str | None) -> AccountKind:
    """Files from before there were kinds name none."""
    known = stored in tuple(AccountKind)
    return AccountKind(stored) if known and stored else AccountKind.CODEX


def _time(stored: float | None) -> float | None:
    return None if stored is None else seconds(stored)


def _stamp(time: float | None) -> int | None:
    return None if time is None else _milliseconds(time)


def _milliseconds(time: float) -> int:
    return round(time * 1000)


def _reason(error: msgspec.ValidationError) -> str:
    # msgspec names types and fields, never values.
    return str(error).replace("Object missing required field", "it lacks")
