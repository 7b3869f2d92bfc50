"""Somebody who showed a valid key, and how a key is known without being kept."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from codex2api.callers.grants import NO_GRANTS, Grants

if TYPE_CHECKING:
    from codex2api.callers.meter import Meter


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who showed a valid key.

    Attributes:
        name: What logs call them; never the key.
        admin: Whether they own this server: only the local key says so.
        id: What their stored objects are known by: the same for a key however keys are named.
        grants: What their key allows.
        meter: Counts what they use; ``None`` where nobody wants to know.
    """

    name: str
    admin: bool = False
    id: str = ""
    grants: Grants = NO_GRANTS
    meter: "Meter | None" = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Whoever has no other id is known by name."""
        if not self.id:
            object.__setattr__(self, "id", self.name)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key's digest and whose it is.

    Attributes:
        expires: From when on it opens nothing, in Unix seconds.
    """

    digest: bytes = field(repr=False)
    caller: Caller
    expires: float | None = None

    @classmethod
    def of(cls, key: str, caller: Caller) -> "KnownKey":
        """A key as it is known."""
        return cls(digest(key), caller)


def digest(key: str) -> bytes:
    """What a key is stored, looked up and compared by."""
    return sha256(key.encode("utf-8", "surrogateescape")).digest()


def fingerprint(key: str) -> str:
    """A name for a key that does not give it away, and that no other key has."""
    return f"key-{digest(key).hex()[:32]}"
