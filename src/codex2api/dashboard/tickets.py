"""Signed claims with an end: what the owner's browser shows in the place of a key.

They are signed with a key that is derived from the local key. So the command line, which can read
that key, makes a link without asking the server; a session outlives a restart; and whoever
replaces the local key ends them all.
"""

import hmac
import secrets
from hashlib import sha256

LINK_PREFIX = "/sign-in/dashboard/"
LINK_SECONDS = 300.0
SESSION_SECONDS = 7 * 86_400.0


class Tickets:
    """Makes and reads the claims of one purpose.

    Args:
        local_key: The owner's key.
        purpose: A claim of one purpose is no good for another.
    """

    def __init__(self, local_key: str, purpose: str) -> None:
        self._key = hmac.new(local_key.encode(), f"dashboard {purpose}".encode(), sha256).digest()

    def issue(self, now: float, seconds: float) -> str:
        """A new claim: its beginning, its end, random bits and a signature.

        Args:
            now: Unix seconds.
            seconds: How long it is good.
        """
        claim = f"{_milliseconds(now):x}.{_milliseconds(now + seconds):x}.{secrets.token_hex(16)}"
        return f"{claim}.{self._signature(claim)}"

    def read(self, ticket: str, now: float) -> tuple[float, float] | None:
        """Beginning and end of a claim in Unix seconds; ``None`` if it is forged or over."""
        claim, _, signature = ticket.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(claim).encode()):
            return None
        began, ends = (int(part, 16) / 1000 for part in claim.split(".")[:2])
        return (began, ends) if now < ends else None

    def _signature(self, claim: str) -> str:
        return hmac.new(self._key, claim.encode(), sha256).hexdigest()


def link_path(local_key: str, now: float) -> str:
    """The path of a link that signs a browser in, once and within ``LINK_SECONDS``."""
    return LINK_PREFIX + Tickets(local_key, "link").issue(now, LINK_SECONDS)


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
