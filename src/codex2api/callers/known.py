"""The door's list: whose key this is."""

import hmac
import time
from collections.abc import Callable, Iterable

from codex2api.callers.caller import Caller, KnownKey, digest
from codex2api.callers.meter import expired
from codex2api.errors import ApiError, Kind

_WHERE = "The key of this server is in the file data/local.key."
_MISSING = f"No API key was given. Send the header 'Authorization: Bearer KEY'. {_WHERE}"
_WRONG = f"This API key is not known here. {_WHERE}"
_UNREAD = "The API keys of this server cannot be read at the moment. Try again soon."
_SOON = 5.0


class Callers:
    """Tells a caller by the key they show.

    Args:
        keys: Keys that open this server, besides those that were created.
        anyone: Who a caller without a key is; ``None`` (the default) keeps the door shut.
        now: Unix seconds.
    """

    def __init__(
        self,
        keys: Iterable[KnownKey] = (),
        anyone: Caller | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._given: dict[bytes, KnownKey] = {}
        self.open_to(keys)
        self._created: dict[bytes, KnownKey] = {}
        self._anyone = anyone
        self._now = now
        self.unread = False
        """Whether there are keys that could not be read yet: then no key can be called wrong."""

    def open_to(self, keys: Iterable[KnownKey]) -> None:
        """Let given keys open this server, in place of those that were given before."""
        self._given = {known.digest: known for known in keys}

    def load(self, keys: Iterable[KnownKey]) -> None:
        """Let created keys open this server, in place of those of the last time."""
        self._created = {known.digest: known for known in keys}
        self.unread = False

    def identify(self, authorization: str | None, api_key: str | None) -> Caller:
        """The caller behind an ``Authorization`` or ``x-api-key`` header.

        A key is looked up by its SHA-256, however many there are, and compared in constant time.
        Who can measure the look-up learns of the digests of their own guesses, which say nothing
        about a key.

        Raises:
            ApiError: ``INVALID_KEY``; ``OVERLOADED`` while that cannot be told.
        """
        key = _bearer(authorization) or api_key
        shown = digest(key or "")
        known = self._given.get(shown) or self._created.get(shown)
        if key and known is not None and hmac.compare_digest(known.digest, shown):
            if known.expires is not None and known.expires <= self._now():
                raise expired(known.expires)
            return known.caller
        if self._anyone is not None:
            return self._anyone
        if key and self.unread:
            raise ApiError(Kind.OVERLOADED, _UNREAD, retry_after=_SOON)
        raise ApiError(Kind.INVALID_KEY, _WRONG if key else _MISSING)


def _bearer(authorization: str | None) -> str | None:
    scheme, _, key = (authorization or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None
