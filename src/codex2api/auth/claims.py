"""What tokens say about themselves; pure.

Signatures are not verified: the tokens come from the issuer itself over TLS, and what is read here
gives nobody a right. The backend verifies them.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from codex2api.accounts.account import Identity
from codex2api.protocol.json import decode

_AUTH = "https://api.openai.com/auth"
_PROFILE = "https://api.openai.com/profile"


def read_claims(token: str | None) -> Mapping[str, Any]:
    """A JWT's payload (RFC 7519, section 3); empty for anything that is no JWT."""
    parts = (token or "").split(".")
    if len(parts) != 3:
        return {}
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    try:
        return _object(decode(base64.b64decode(padded, altchars=b"-_", validate=True)))
    except (binascii.Error, ValueError):
        return {}


def expiry(token: str) -> float | None:
    """When a token ends, in Unix seconds, if it says so."""
    ends = read_claims(token).get("exp")
    if isinstance(ends, bool) or not isinstance(ends, int | float) or not 0 < ends < 1e11:
        return None
    return float(ends)


def identity(id_token: str | None, access_token: str | None) -> Identity | None:
    """Whose tokens these are; ``None`` if neither names an account.

    Both tokens carry the account; the ID token is asked first, because it says more.
    """
    claims = [read_claims(id_token), read_claims(access_token)]
    auths = [_object(each.get(_AUTH)) for each in claims]
    account_id = _first(auths, "chatgpt_account_id")
    if account_id is None:
        return None
    return Identity(
        account_id=account_id,
        user_id=_first(auths, "chatgpt_user_id") or _first(auths, "user_id"),
        plan=_first(auths, "chatgpt_plan_type"),
        email=_first([*claims, *(_object(each.get(_PROFILE)) for each in claims)], "email"),
        fedramp=any(auth.get("chatgpt_account_is_fedramp") is True for auth in auths),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(objects: list[Mapping[str, Any]], key: str) -> str | None:
    found = (each.get(key) for each in objects)
    return next((value for value in found if isinstance(value, str) and value), None)
