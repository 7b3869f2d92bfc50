"""Is this ID token what it claims to be? (OpenID Connect Core 1.0, section 3.1.3.7); pure.

Everything is asked: signature, issuer, audience, expiry, nonce, subject. The times are compared
here and not by PyJWT, whose clock cannot be passed in.
"""

import hmac
from collections.abc import Mapping
from typing import Any

import jwt

from codex2api.accounts.account import Identity

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Good signatures; OpenAI's discovery document names RS256 alone (seen 2026-08-27). None at all, or
one that is made with a secret, would let anybody write tokens."""

_LEEWAY = 120.0
"""Seconds by which two clocks may differ."""

_AUTH = "https://api.openai.com/auth"

_OPTIONS: Any = {
    "require": ["iss", "aud", "sub", "exp", "iat"],
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class BadIdTokenError(ValueError):
    """It is not to be trusted; the text says why, without quoting it."""


class UnknownKeyError(BadIdTokenError):
    """It is signed with a key that is not at hand."""


def read_keys(fields: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """Public keys by their id, out of a key set (RFC 7517); what is no such key is left out."""
    found: dict[str, jwt.PyJWK] = {}
    entries = fields.get("keys")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or entry.get("kty") not in ("RSA", "EC"):
            continue
        if entry.get("use", "sig") != "sig":
            continue
        try:
            found[str(entry.get("kid", ""))] = jwt.PyJWK(entry)
        except jwt.PyJWTError:
            continue
    return found


def check(
    token: str,
    keys: Mapping[str, jwt.PyJWK],
    *,
    issuer: str,
    client_id: str,
    now: float | None,
    nonce: str | None,
) -> Identity:
    """Whose token it is.

    Args:
        token: As the token endpoint gave it.
        keys: The issuer's.
        issuer: Who must have made it.
        client_id: For whom it must be; also the account id here, because a client belongs to one
            person in one workspace.
        now: Unix seconds; ``None`` for a token of a refresh. That one came in answer to a secret
            that works once, straight from the issuer, maybe hours before it is checked: it must
            have been good when it was made, and no clock may cost a sign-in for it.
        nonce: What the sign-in was begun with; ``None`` for a token of a refresh, which has none.

    Raises:
        UnknownKeyError: It is signed with a key that is not among these.
        BadIdTokenError: Every other reason not to trust it.
    """
    try:
        claims = jwt.decode(
            token,
            _key(token, keys),
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=issuer,
            options=_OPTIONS,
        )
    except jwt.InvalidAudienceError:
        raise BadIdTokenError("it is for another client") from None
    except jwt.InvalidIssuerError:
        raise BadIdTokenError("it is from another issuer") from None
    except jwt.InvalidSignatureError:
        raise BadIdTokenError("its signature is not the issuer's") from None
    except jwt.PyJWTError:
        raise BadIdTokenError("it is not an ID token") from None
    _check_times(claims, now)
    _check_party(claims, client_id, nonce)
    return _identity(claims, client_id)


def _key(token: str, keys: Mapping[str, jwt.PyJWK]) -> jwt.PyJWK:
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise BadIdTokenError("it is not signed in a way that proves anything")
    kid = header.get("kid")
    if kid is None and len(keys) == 1:
        return next(iter(keys.values()))
    key = keys.get(str(kid))
    if key is None:
        raise UnknownKeyError("it is signed with a key that the issuer does not publish")
    return key


def _check_times(claims: Mapping[str, Any], now: float | None) -> None:
    ends, made = _number(claims.get("exp")), _number(claims.get("iat"))
    now = made if now is None else now
    if ends + _LEEWAY <= now:
        raise BadIdTokenError("it has expired, or the clock of this machine is wrong")
    if made - _LEEWAY > now:
        raise BadIdTokenError("it is from the future: the clock of this machine is wrong")


def _check_party(claims: Mapping[str, Any], client_id: str, nonce: str | None) -> None:
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise BadIdTokenError("it was made for another client")
    if nonce is not None and not hmac.compare_digest(
        str(claims.get("nonce", "")).encode(), nonce.encode()
    ):
        raise BadIdTokenError("it belongs to another sign-in (nonce mismatch)")


def _identity(claims: Mapping[str, Any], client_id: str) -> Identity:
    subject, email = claims["sub"], claims.get("email")
    if not isinstance(subject, str) or not subject:
        raise BadIdTokenError("it names nobody")
    auth = claims.get(_AUTH)
    plan = auth.get("chatgpt_plan_type") if isinstance(auth, dict) else None
    return Identity(
        account_id=client_id,
        user_id=subject,
        plan=plan if isinstance(plan, str) else None,
        email=email if isinstance(email, str) else None,
    )


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadIdTokenError("its times cannot be read")
    return float(value)
