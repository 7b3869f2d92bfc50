"""How the issuer answers, as values and errors; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codex2api.accounts.account import Identity, TokenSet
from codex2api.auth import claims
from codex2api.auth.started import ImportedTokens
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import decode

_LIFE_IF_UNKNOWN = 8 * 24 * 3600.0
"""Codex refreshes a token without readable expiry after eight days."""

_WHY_DEAD = {
    "refresh_token_expired": "The ChatGPT sign-in has expired.",
    "refresh_token_reused": (
        "The ChatGPT sign-in was used up: its refresh token was already spent, most likely by "
        "another program that shares it."
    ),
    "refresh_token_invalidated": "The ChatGPT sign-in was revoked.",
    "invalid_grant": "The ChatGPT sign-in is no longer valid.",
    "invalid_refresh_token": "The ChatGPT sign-in is no longer valid.",
    "token_invalidated": "The ChatGPT sign-in was revoked.",
    "token_revoked": "The ChatGPT sign-in was revoked.",
    "token_expired": "The ChatGPT sign-in has expired.",
    "app_session_terminated": "The ChatGPT sign-in was ended.",
    "account_session_expired": "The ChatGPT sign-in has expired.",
    "account_deactivated": "The ChatGPT account is deactivated.",
    "account_suspended": "The ChatGPT account is suspended.",
    "account_deleted": "The ChatGPT account was deleted.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer of the issuer.

    Attributes:
        body: Never shown or logged: it may hold tokens.
    """

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return 200 <= self.status < 300

    def fields(self) -> Mapping[str, Any]:
        """The JSON object in the body; empty if there is none."""
        try:
            parsed = decode(self.body)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) else {}

    def error_code(self) -> str | None:
        """The error code, in any of the three forms that have been seen."""
        fields = self.fields()
        error = fields.get("error")
        nested = error.get("code") if isinstance(error, dict) else error
        return next(
            (code for code in (nested, fields.get("code")) if isinstance(code, str) and code), None
        )


def refresh_failure(answer: Answer) -> ApiError:
    """Why a refresh failed: for ever, or for now (protocol sheet, section 1.5)."""
    code = answer.error_code()
    client_error = 400 <= answer.status < 500
    if client_error and code in _WHY_DEAD:
        return ApiError(Kind.SIGN_IN_REQUIRED, _WHY_DEAD[code])
    if answer.status == 401:
        return ApiError(Kind.SIGN_IN_REQUIRED, "The ChatGPT sign-in was refused.")
    return unavailable(answer)


def exchange_failure(answer: Answer) -> ApiError:
    """Why a code was not exchanged."""
    if answer.status in (400, 401, 403) and answer.error_code():
        return ApiError(
            Kind.BAD_REQUEST,
            "The sign-in service did not accept the code: it was used before or is too old. "
            "Start the sign-in again.",
            code="code_refused",
        )
    return unavailable(answer)


def unavailable(answer: Answer) -> ApiError:
    """A failure that may pass."""
    said = "an answer without tokens" if answer.ok else f"HTTP {answer.status}"
    return ApiError(
        Kind.UPSTREAM_UNAVAILABLE,
        f"The ChatGPT sign-in service failed ({said}). Try again in a moment.",
        retry_after=answer.retry_after,
    )


def refreshed(answer: Answer, before: TokenSet, now: float) -> TokenSet:
    """The new tokens; what the answer leaves out stays as it was.

    Raises:
        ApiError: If there are none in it.
    """
    fields = answer.fields()
    access, refresh = token_in(fields, "access_token"), token_in(fields, "refresh_token")
    if access is None and refresh is None:
        raise unavailable(answer)
    id_token = token_in(fields, "id_token")
    return TokenSet(
        access_token=access or before.access_token,
        refresh_token=refresh or before.refresh_token,
        expires_at=_expires_at(access, fields, now) if access else before.expires_at,
        id_token=id_token or before.id_token,
        issued_at=now if access else before.issued_at,
        identity=claims.identity(id_token, access),
    )


def exchanged(answer: Answer, now: float) -> TokenSet:
    """The tokens of a new sign-in.

    Raises:
        ApiError: If one is missing, or they do not say whose they are.
    """
    fields = answer.fields()
    access, refresh = token_in(fields, "access_token"), token_in(fields, "refresh_token")
    id_token = token_in(fields, "id_token")
    if not (access and refresh and id_token):
        raise unavailable(answer)
    who = claims.identity(id_token, access)
    if who is None:
        raise _nameless()
    return TokenSet(access, refresh, _expires_at(access, fields, now), id_token, now, who)


def imported(tokens: ImportedTokens) -> TokenSet:
    """Tokens from a file; the file's own words count where the tokens cannot be read.

    They were received long ago, so nothing is said about when.

    Raises:
        ApiError: If neither says whose they are.
    """
    who = claims.identity(tokens.id_token, tokens.access_token)
    if who is None and tokens.account_id:
        who = Identity(tokens.account_id)
    if who is None:
        raise _nameless()
    stated = claims.expiry(tokens.access_token)
    ends = stated if stated is not None else tokens.expires_at or 0.0
    return TokenSet(tokens.access_token, tokens.refresh_token, ends, tokens.id_token, identity=who)


def _nameless() -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        "The tokens do not say which ChatGPT account they belong to: the ID token is not readable "
        "or names none.",
        code="bad_id_token",
    )


def _expires_at(access: str, fields: Mapping[str, Any], now: float) -> float:
    stated = claims.expiry(access)
    if stated is not None:
        return stated
    life = fields.get("expires_in")
    if isinstance(life, int | float) and not isinstance(life, bool) and life > 0:
        return now + life
    return now + _LIFE_IF_UNKNOWN


def token_in(fields: Mapping[str, Any], name: str) -> str | None:
    """A token of an answer, if it is there and is one."""
    value = fields.get(name)
    return value if isinstance(value, str) and value else None
