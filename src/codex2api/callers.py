"""Who may call us, and with what key. Keys are known by their SHA-256 only."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from codex2api.errors import ApiError, Kind

_WHERE = "The key of this server is in the file data/local.key."
_MISSING = f"No API key was given. Send the header 'Authorization: Bearer KEY'. {_WHERE}"
_WRONG = f"This API key is not known here. {_WHERE}"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who showed a valid key.

    Attributes:
        name: What logs call them; never the key.
        admin: Whether they own this server: only the local key says so.
        id: What their stored objects are known by: the same for a key however keys are named.
    """

    name: str
    admin: bool = False
    id: str = ""

    def __post_init__(self) -> None:
        """Whoever has no other id is known by name."""
        if not self.id:
            object.__setattr__(self, "id", self.name)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key's fingerprint and whose it is."""

    digest: bytes
    caller: Caller

    @classmethod
    def of(cls, key: str, caller: Caller) -> "KnownKey":
        """The fingerprint of a key."""
        return cls(_digest(key), caller)


def fingerprint(key: str) -> str:
    """A name for a key that does not give it away, and that no other key has."""
    return f"key-{_digest(key).hex()[:32]}"


class Callers:
    """Tells a caller by the key they show.

    Args:
        keys: All keys that open this server.
        anyone: Who a caller without a key is; ``None`` (the default) keeps the door shut.
    """

    def __init__(self, keys: Iterable[KnownKey], anyone: Caller | None = None) -> None:
        self._keys = tuple(keys)
        self._anyone = anyone

    def identify(self, authorization: str | None, api_key: str | None) -> Caller:
        """The caller behind an ``Authorization`` or ``x-api-key`` header.

        Every known key is compared, in constant time, whichever matches.

        Raises:
            ApiError: ``INVALID_KEY``.
        """
        key = _bearer(authorization) or api_key
        shown = _digest(key or "")
        found = [known for known in self._keys if hmac.compare_digest(known.digest, shown)]
        if key and found:
            return found[0].caller
        if self._anyone is not None:
            return self._anyone
        raise ApiError(Kind.INVALID_KEY, _WRONG if key else _MISSING)


def _bearer(authorization: str | None) -> str | None:
    scheme, _, key = (authorization or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()
