"""Keys that the owner has created: what is stored of them, and where."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from codex2api.callers.caller import digest, fingerprint
from codex2api.callers.counter import Addition, Count
from codex2api.callers.grants import NO_GRANTS, Grants
from codex2api.callers.meter import kind_of
from codex2api.callers.wording import iso, rate_text

PREFIX = "sk-c2a-"
_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A key as it is stored.

    Attributes:
        id: What its objects and counters are known by; a key of the same name has another one.
        tail: Its last four characters, to tell keys apart by.
        created: Unix seconds.
        expires: From when on it opens nothing, in Unix seconds.
        last_used: Unix seconds, about a minute exact.
    """

    id: str
    name: str
    digest: bytes = field(repr=False)
    tail: str
    created: int
    expires: int | None = None
    grants: Grants = NO_GRANTS
    last_used: int | None = field(default=None, compare=False)

    def shown(self, now: float) -> dict[str, Any]:
        """The key for programs; of the secret, only its end. What was used, ``KeyList`` knows."""
        grants = self.grants
        return {
            "name": self.name,
            "id": self.id,
            "tail": self.tail,
            "created": iso(self.created),
            "expires": iso(self.expires),
            "expired": self.expires is not None and self.expires <= now,
            "last_used": iso(self.last_used),
            "account": grants.account,
            "models": list(grants.models),
            "requests": None if grants.requests is None else rate_text(grants.requests),
            "requests_used": None,
            "tokens": None if grants.tokens is None else rate_text(grants.tokens),
            "tokens_used": None,
            "concurrency": grants.concurrency,
            "weekly_share": grants.weekly_share,
            "reasoning": grants.reasoning,
            "reserve": grants.reserve,
        }


def new_key(name: str, grants: Grants, expires: int | None, now: float) -> tuple[str, ClientKey]:
    """A new key: what opens the door, which is told once, and what is stored of it."""
    secret = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    key = ClientKey(
        id=fingerprint(secret),
        name=name,
        digest=digest(secret),
        tail=secret[-4:],
        created=int(now),
        expires=expires,
        grants=grants,
    )
    return secret, key


@dataclass(frozen=True, slots=True)
class KeyList:
    """All keys, and what was counted for them.

    Attributes:
        version: Another one means that something has changed.
    """

    version: int
    keys: Sequence[ClientKey]
    counts: Sequence[Count]

    def used(self, now: float) -> dict[str, dict[str, int]]:
        """What was used in the present windows: by id, and by ``requests`` or ``tokens``."""
        known = {(count.owner, count.kind): count for count in self.counts}
        return {
            key.id: {
                what: count.total
                for what, rate in key.grants.rates()
                if (count := known.get((key.id, kind_of(what, rate)))) is not None
                and count.began == rate.window(now)
            }
            for key in self.keys
        }

    def shown(self, now: float) -> list[dict[str, Any]]:
        """All keys for programs, with what they have used, about a second behind."""
        used = self.used(now)
        return [
            key.shown(now)
            | {f"{what}_used": used[key.id].get(what, 0) for what, _ in key.grants.rates()}
            for key in self.keys
        ]


class KeyStore(Protocol):
    """Where created keys live. Every method raises ``ApiError`` where the store fails."""

    async def read(self, known: int | None = None) -> KeyList | None:
        """Everything, or ``None`` if the version is still the known one (a cheap call)."""

    async def add(self, key: ClientKey) -> None:
        """Keep a new key.

        Raises:
            ApiError: ``BAD_REQUEST``: its name is taken.
        """

    async def change(self, name: str, change: Callable[[ClientKey], ClientKey]) -> ClientKey:
        """Put a key in the place of another that it is made from.

        Raises:
            ApiError: ``NOT_FOUND``.
        """

    async def remove(self, name: str) -> ClientKey:
        """Forget a key and all that was counted for it.

        Raises:
            ApiError: ``NOT_FOUND``.
        """

    async def count(
        self, additions: Sequence[Addition], seen: Mapping[str, int]
    ) -> Sequence[Count]:
        """Add to counters, and take down when keys were used.

        Args:
            additions: Amounts.
            seen: Unix seconds, by the ids of keys.

        Returns:
            What those counters say now.
        """
