"""Proof Key for Code Exchange (RFC 7636), method S256."""

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Pkce:
    """A verifier that stays here and the challenge that goes with the browser."""

    verifier: str = field(repr=False)

    @property
    def challenge(self) -> str:
        """SHA-256 of the verifier, base64url without padding."""
        digest = sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


def new_pkce() -> Pkce:
    """A verifier of 64 random bytes."""
    return Pkce(secrets.token_urlsafe(64))


def new_state() -> str:
    """An unguessable ``state``: 32 random bytes, base64url."""
    return secrets.token_urlsafe(32)
