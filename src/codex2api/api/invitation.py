"""One-time links that let the owner sign in from wherever an error told them to.

An error in a chat window is read by somebody who has no terminal at hand. A caller on this machine
who showed a valid key is therefore given a link that starts the browser sign-in. It works once,
for fifteen minutes, and opens nothing but the sign-in page.
"""

import hmac
import ipaddress
import secrets
from collections.abc import Callable, Mapping
from hashlib import sha256

from starlette.types import Scope

from codex2api.api.exchange import Exchange
from codex2api.errors import ApiError, Kind

PREFIX = "/sign-in/"
_LIFE = 15 * 60.0
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


class Invitations:
    """The links that are out. None is noted down: a link carries its end, and a signature.

    So any of several processes can give one out; only the one that redeems them knows which were
    used.

    Args:
        clock: Unix seconds.
        secret: What they are signed with; links of an earlier start, which had another, are void.
    """

    def __init__(self, clock: Callable[[], float], secret: bytes) -> None:
        self._clock = clock
        self._secret = secret
        self._used: dict[str, int] = {}

    def path(self) -> str:
        """A new link's path."""
        claim = f"{int(self._clock() + _LIFE):x}.{secrets.token_hex(8)}"
        return f"{PREFIX}{claim}.{self._signature(claim)}"

    def redeem(self, ticket: str) -> None:
        """Use a link up.

        Raises:
            ApiError: ``NOT_FOUND``: used before, too old, or never issued.
        """
        claim, _, signature = ticket.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(claim).encode()):
            raise _void()
        now, until = self._clock(), int(claim.partition(".")[0], 16)
        self._used = {each: end for each, end in self._used.items() if end > now}
        if until <= now or claim in self._used:
            raise _void()
        self._used[claim] = until

    def _signature(self, claim: str) -> str:
        return hmac.new(self._secret, claim.encode(), sha256).hexdigest()[:32]


def _void() -> ApiError:
    return ApiError(
        Kind.NOT_FOUND,
        "This sign-in link was used before or is too old. Run `codex2api login` instead.",
    )


def invited(
    error: ApiError, invitations: Invitations, exchange: Exchange, scope: Scope
) -> ApiError:
    """The error, with a link in it if it is about the sign-in and the caller is on this machine.

    Not for a key that is bound to an account: the link would sign another one in.
    """
    about_sign_in = error.kind in (Kind.NO_ACCOUNT, Kind.SIGN_IN_REQUIRED)
    if not about_sign_in or exchange.caller is None or not _is_local(scope, exchange.asked):
        return error
    if exchange.caller.grants.account is not None:
        return error
    link = f"http://{exchange.asked['host']}{invitations.path()}"
    message = f"{error.message} Or open {link} to sign in (works once, for 15 minutes)."
    return ApiError(
        error.kind, message, param=error.param, code=error.code, retry_after=error.retry_after
    )


def _is_local(scope: Scope, asked: Mapping[str, str]) -> bool:
    """Whether the caller is on this machine: nobody is whom a proxy on it forwards."""
    if any(name in asked for name in _FORWARDED):
        return False
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False
