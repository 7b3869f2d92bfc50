"""The issuer's public keys: kept, and fetched anew when a token names one that is not there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from codex2api.accounts.account import Identity

if TYPE_CHECKING:
    import jwt

_APART = 60.0
"""Seconds between two fetches: a forged token must not make us a nuisance to the issuer."""

_OLD = 86_400.0
"""Seconds after which keys are fetched again, because one may have been withdrawn."""


class Keys:
    """Keys of one issuer.

    Args:
        fetch: Gives the fields of the issuer's key set; raises ``ApiError``.
        now: Unix seconds.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[Mapping[str, Any]]], now: Callable[[], float]
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched: float | None = None
        self._turn = asyncio.Lock()

    async def warm(self) -> None:
        """Have keys at hand before they are needed: a code works once, and so does its answer.

        Raises:
            ApiError: There are none to be had.
        """
        async with self._turn:
            if self._age() > _OLD:
                await self._read()

    async def check(self, token: str, **expected: Any) -> Identity:
        """As ``id_token.check``, with the keys that the issuer has now.

        Raises:
            BadIdTokenError: The token is not to be trusted.
            ApiError: The keys cannot be fetched.
        """
        # Cryptography takes its time to load, and few have accounts of this kind.
        from codex2api.auth.official import id_token  # noqa: PLC0415

        await self.warm()
        try:
            return id_token.check(token, self._keys, **expected)
        except id_token.UnknownKeyError:
            if not await self._read_again():
                raise
        return id_token.check(token, self._keys, **expected)

    async def _read_again(self) -> bool:
        """Whether the keys are newer now; they are not fetched at any attacker's pace."""
        before = self._fetched
        async with self._turn:
            if self._fetched != before:
                return True  # somebody else has just done it
            if self._age() < _APART:
                return False
            await self._read()
        return True

    async def _read(self) -> None:
        from codex2api.auth.official import id_token  # noqa: PLC0415 (as above)

        self._keys = id_token.read_keys(await self._fetch())
        self._fetched = self._now()

    def _age(self) -> float:
        return float("inf") if self._fetched is None else abs(self._now() - self._fetched)
