"""What the token endpoint answers, as values and errors; pure."""

from datetime import datetime
from typing import Any

from codex2api.accounts.account import AccountKind, TokenSet
from codex2api.auth.answers import Answer, token_in, unavailable
from codex2api.auth.claims import read_claims
from codex2api.errors import ApiError, Kind

PLAN_SCOPE = "chatgpt.tokens.use.direct"
"""Granted only if the person has allowed that the plan is used."""

_USUAL_LIFE = 3600.0
_USUAL_WINDOW = 300.0
"""Seconds before the end of an access token in which it may certainly be refreshed."""

_MILLISECONDS_FROM = 1e11


def lost() -> ApiError:
    """The error when the service no longer knows the client of a sign-in."""
    return ApiError(
        Kind.SIGN_IN_REQUIRED,
        "The sign-in service no longer knows the registration of this sign-in, so that a new one "
        "has to be made (add `--force`).",
        code="registration_lost",
    )


def granted(answer: Answer, client_id: str, now: float, before: TokenSet | None = None) -> TokenSet:
    """The tokens in an answer, not yet verified.

    Its times are told by the issuer's clock. They are moved to ours by what the access token says
    of its making, so that a wrong clock here does not lead to a refresh that comes too early.

    Args:
        answer: A good one.
        client_id: For whom they are.
        now: Unix seconds.
        before: The tokens that were refreshed; ``None`` for a new sign-in.

    Raises:
        ApiError: It holds no tokens.
    """
    fields = answer.fields()
    access, refresh = token_in(fields, "access_token"), token_in(fields, "refresh_token")
    id_token = token_in(fields, "id_token")
    if before is None and not (refresh and id_token):
        raise unavailable(answer)
    if access is None or str(fields.get("token_type", "bearer")).lower() != "bearer":
        raise unavailable(answer)
    life = _number(fields.get("expires_in")) or _USUAL_LIFE
    return TokenSet(
        access_token=access,
        refresh_token=refresh or (before.refresh_token if before else ""),
        expires_at=now + life,
        id_token=id_token or (before.id_token if before else None),
        issued_at=now,
        kind=AccountKind.OFFICIAL,
        client_id=client_id,
        plan_use=_allows(fields.get("scope"), before),
        earliest_refresh_at=_earliest(fields.get("earliest_refresh_at"), access, life, now),
        verified=id_token is None,
    )


def _allows(scope: object, before: TokenSet | None) -> bool:
    """Whether the plan may be used; without a word it is as it was asked for, or as it was.

    (RFC 6749, section 5.1)
    """
    if not isinstance(scope, str):
        return before is None or before.plan_use
    return PLAN_SCOPE in scope.split()


def _earliest(stated: object, access: str, life: float, now: float) -> float | None:
    """When a refresh does no harm, by our clock."""
    if not stated:
        return None
    moment = _moment(stated)
    if moment is None:
        return now + max(0.0, life - _USUAL_WINDOW)  # said in a way of tomorrow: take no risk
    made = _number(read_claims(access).get("iat"))
    return moment + 1.0 if made is None else now + (moment - made) + 1.0


def _moment(stated: object) -> float | None:
    """A point in time as seconds, milliseconds or ISO 8601."""
    number = _number(stated)
    if number is not None:
        return number / 1000 if number >= _MILLISECONDS_FROM else number
    try:
        return datetime.fromisoformat(str(stated)).timestamp()
    except (ValueError, OverflowError):
        return None


def _number(value: Any) -> float | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e16:
        return None
    return float(value)
