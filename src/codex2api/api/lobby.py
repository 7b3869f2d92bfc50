"""Where the owner's browser is let in: pages for all to see, and a cookie in the place of a key.

A cookie comes along with whatever a browser sends, so it counts for less than a key: what changes
something must come from our own page, and the browser has to say so.
"""

from collections.abc import Callable, Mapping, Set as AbstractSet
from dataclasses import dataclass
from urllib.parse import quote

from starlette.types import ASGIApp

from codex2api.api.exchange import Exchange
from codex2api.callers import Caller
from codex2api.errors import ApiError, Kind

_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Lobby:
    """What the door knows of the dashboard.

    Attributes:
        pages: Paths that are the owner's; a browser without a session is sent to the sign-in.
        sign_in: Path of the sign-in page, which everybody may see.
        assets: Prefix of what pages load, which is no secret.
        is_owner: Whether a ``Cookie`` header holds a good session.
        owner: Who the owner is.
    """

    pages: AbstractSet[str]
    sign_in: str
    assets: str
    is_owner: Callable[[str], bool]
    owner: Callable[[], Caller]

    def shows(self, exchange: Exchange) -> bool:
        """Whether a page is asked for, or what pages load."""
        if exchange.method != "GET":
            return False
        path = exchange.path
        return path in self.pages or path == self.sign_in or path.startswith(self.assets)

    def is_page(self, exchange: Exchange) -> bool:
        """Whether a page is asked for that is the owner's."""
        return exchange.method == "GET" and exchange.path in self.pages

    def is_led(self, exchange: Exchange) -> bool:
        """Whether the browser shows the answer as a page of its own, to which a link has led."""
        return "origin" not in exchange.asked and exchange.asked.get("sec-fetch-dest") == "document"

    def visitor(self, exchange: Exchange) -> Caller | None:
        """Who asks by a session; ``None`` if nobody does, or a key has to be shown, or is.

        Raises:
            ApiError: ``FORBIDDEN``: it could be another page that makes a browser ask this.
        """
        asked = exchange.asked
        cookies = asked.get("cookie")
        if cookies is None or "authorization" in asked or "x-api-key" in asked:
            return None
        own = _is_own_page(asked)
        if not self.is_owner(cookies) or ("origin" in asked and not own):
            return None
        if exchange.method not in _READING and not own:
            raise ApiError(
                Kind.FORBIDDEN,
                "A dashboard session may change things from the dashboard alone; programs send "
                "the header 'Authorization: Bearer KEY'.",
            )
        return self.owner()

    def to_sign_in(self, exchange: Exchange, query: bytes) -> ASGIApp | None:
        """The answer to a browser that nobody has signed in; ``None`` for a program."""
        if "text/html" not in exchange.asked.get("accept", ""):
            return None
        from starlette.responses import RedirectResponse  # noqa: PLC0415 (with anyio; for browsers)

        wanted = exchange.path + (f"?{query.decode('latin-1')}" if query else "")
        where = self.sign_in if wanted == "/" else f"{self.sign_in}?next={quote(wanted, safe='')}"
        return RedirectResponse(where, status_code=303, headers={"cache-control": "no-store"})


def _is_own_page(asked: Mapping[str, str]) -> bool:
    """Whether the browser vouches for it.

    ``Guards`` lets further origins in, if they are listed; those have to show a key. Cookies know
    no ports, so that a page on another one of this machine would send ours.
    """
    host = asked.get("host")
    own = (f"http://{host}", f"https://{host}")
    return asked.get("sec-fetch-site") == "same-origin" or asked.get("origin") in own
