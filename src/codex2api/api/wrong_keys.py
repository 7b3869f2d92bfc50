"""Counts wrong keys by address, and tells whoever tries too many to stop.

A key has 256 random bits and cannot be guessed; what this stops is the noise of trying. It is asked
only once a key was found wrong, so that a right one is never slowed or refused, whoever shares its
address.
"""

import ipaddress
from collections.abc import Callable

from starlette.types import Scope

from codex2api.api.exchange import Exchange
from codex2api.errors import ApiError, Kind

PER_MINUTE = 20
_MINUTE = 60.0
_MOST = 4096
"""Addresses that are remembered; the one that has been longest is forgotten for a new one."""

_TEXT = "Too many wrong API keys came from this address in a minute. "


class WrongKeys:
    """How many wrong keys each address showed in its present minute.

    Args:
        clock: Monotonic seconds.
        limit: A minute, before the answer is 429.
    """

    def __init__(self, clock: Callable[[], float], limit: int = PER_MINUTE) -> None:
        self._clock = clock
        self._limit = limit
        self._minutes: dict[str, tuple[float, int]] = {}

    def judge(self, error: ApiError, exchange: Exchange, scope: Scope) -> ApiError:
        """The error that a caller is told; another one than ``error`` if there were too many.

        A missing key is no wrong one: programs and browsers ask without one first.
        """
        if error.kind is not Kind.INVALID_KEY or exchange.caller is not None:
            return error
        if not (exchange.asked.get("authorization") or exchange.asked.get("x-api-key")):
            return error
        left = self._count(_address(scope))
        if left is None:
            return error
        return ApiError(Kind.TOO_MANY_WRONG_KEYS, _TEXT + error.message, retry_after=left)

    def _count(self, address: str) -> float | None:
        """Count one; the seconds until the minute is over if it was one too many."""
        now = self._clock()
        ends, count = self._minutes.pop(address, (0.0, 0))
        if now >= ends:
            ends, count = now + _MINUTE, 0
            if len(self._minutes) >= _MOST:
                del self._minutes[next(iter(self._minutes))]
        self._minutes[address] = ends, count + 1
        return None if count < self._limit else ends - now


def _address(scope: Scope) -> str:
    """Who calls; of IPv6 the network, because a single person has all of its addresses."""
    client = scope.get("client")
    text = str(client[0])[:64] if client else ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if address.version == 4:
        return text
    mapped = address.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(address) >> 64 << 64, 64)))
