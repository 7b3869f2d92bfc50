"""Tokens of the simulated issuer: signed JWTs, and refresh tokens that are good for one use."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt

from codex2api.simulator.accounts import SimulatedAccount

SIGNING_KEY = "codex2api simulated ChatGPT: this key signs nothing of value"
"""Public on purpose, and constant: access tokens outlive a restart of the simulator."""

ISSUER = "https://auth.openai.com"
AUTH_CLAIM = "https://api.openai.com/auth"
PROFILE_CLAIM = "https://api.openai.com/profile"


MAX_SEEN = 4096
"""Access tokens whose signatures need no second check."""


class TokenError(Exception):
    """A token that is no good; the message is the public error code."""


@dataclass(slots=True)
class RefreshGrant:
    """What a refresh token stands for.

    Attributes:
        state: ``fresh``, or the error code that its use is answered with.
    """

    account: SimulatedAccount
    state: str = "fresh"


@dataclass(frozen=True, slots=True)
class Access:
    """What a valid access token says."""

    account_id: str
    label: str
    plan: str


class TokenBook:
    """Mints tokens and knows what became of them.

    Args:
        client_id: The audience of ID tokens.
        seconds: Life of an access token.
        now: The clock, epoch seconds.
    """

    def __init__(self, client_id: str, seconds: int, now: Callable[[], float] = time.time) -> None:
        self._client_id = client_id
        self.seconds = seconds
        self._now = now
        self._grants: dict[str, RefreshGrant] = {}
        self._valid_from = 0.0
        # Checking a signature costs more than all the rest of a small answer.
        self._seen: dict[str, tuple[Access, float, float]] = {}

    def mint(self, account: SimulatedAccount, seconds: int | None = None) -> dict[str, Any]:
        """A whole answer of the token endpoint for ``account``."""
        life = self.seconds if seconds is None else seconds
        refresh_token = f"rt_simulated_{secrets.token_urlsafe(24)}"
        self._grants[refresh_token] = RefreshGrant(account)
        return {
            "id_token": self._sign(self._id_claims(account)),
            "access_token": self._sign(self._access_claims(account, life)),
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": life,
        }

    def spend(self, refresh_token: str) -> SimulatedAccount:
        """Use a refresh token up.

        Raises:
            TokenError: It is unknown, spent, expired or revoked.
        """
        grant = self._grants.get(refresh_token)
        if grant is None:
            raise TokenError("refresh_token_invalidated")
        if grant.state != "fresh":
            raise TokenError(grant.state)
        grant.state = "refresh_token_reused"
        return grant.account

    def restore(self, unsent: str, spent: str) -> None:
        """Take back a refresh token that was never sent, and make the spent one good again."""
        self._grants[spent] = self._grants.pop(unsent)

    def revoke(self, refresh_token: str) -> None:
        """Make a refresh token useless; unknown ones are taken in silence, as RFC 7009 asks."""
        if grant := self._grants.get(refresh_token):
            grant.state = "refresh_token_invalidated"

    def invalidate_access(self) -> None:
        """Make every access token issued up to now invalid."""
        self._valid_from = self._now()

    def access(self, token: str) -> Access:
        """Read an access token.

        Raises:
            TokenError: ``unauthorized``, ``token_expired`` or ``token_invalidated``.
        """
        seen = self._seen.get(token)
        if seen is None:
            seen = _decode(token)
            if len(self._seen) >= MAX_SEEN:
                self._seen.clear()
            self._seen[token] = seen
        access, expires_at, issued = seen
        if expires_at <= self._now():
            raise TokenError("token_expired")
        if issued <= self._valid_from:
            raise TokenError("token_invalidated")
        return access

    def _sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, SIGNING_KEY, algorithm="HS256")

    def _id_claims(self, account: SimulatedAccount) -> dict[str, Any]:
        now = self._now()
        claims = self._common(account) | {
            "aud": [self._client_id],
            "exp": int(now) + 3600,
            "email_verified": True,
            "name": "Simulated Person",
        }
        claims[AUTH_CLAIM] |= {
            "chatgpt_subscription_active_start": "2026-01-01T00:00:00+00:00",
            "chatgpt_subscription_active_until": "2030-01-01T00:00:00+00:00",
            "organizations": [
                {
                    "id": f"org-{account.label}",
                    "title": "Simulated",
                    "role": "owner",
                    "is_default": True,
                }
            ],
        }
        return claims

    def _access_claims(self, account: SimulatedAccount, seconds: int) -> dict[str, Any]:
        return self._common(account) | {
            "aud": ["https://api.openai.com/v1"],
            "exp": int(self._now()) + seconds,
            "client_id": self._client_id,
            "scp": ["openid", "profile", "email", "offline_access"],
            PROFILE_CLAIM: {"email": account.email, "email_verified": True},
        }

    def _common(self, account: SimulatedAccount) -> dict[str, Any]:
        now = self._now()
        return {
            "iss": ISSUER,
            "sub": f"simulated|{account.user_id}",
            "iat": int(now),
            "issued": now,
            "jti": secrets.token_hex(8),
            "email": account.email,
            AUTH_CLAIM: {
                "chatgpt_account_id": account.account_id,
                "chatgpt_plan_type": account.plan,
                "chatgpt_user_id": account.user_id,
                "user_id": account.user_id,
                "chatgpt_account_is_fedramp": False,
            },
        }


def _decode(token: str) -> tuple[Access, float, float]:
    """What a token says, with its expiry and the moment of its issue."""
    options: Any = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    try:
        claims = jwt.decode(token, SIGNING_KEY, algorithms=["HS256"], options=options)
        auth = claims[AUTH_CLAIM]
        label = str(claims["email"]).partition("@")[0]
        access = Access(auth["chatgpt_account_id"], label, auth["chatgpt_plan_type"])
        return access, claims["exp"], claims["issued"]
    except (jwt.PyJWTError, KeyError, TypeError):
        raise TokenError("unauthorized") from None
