"""The session of aiohttp's, for sign-in and for what goes through a proxy."""

from collections.abc import Mapping, Sequence

import aiohttp
from aiohttp.typedefs import LooseCookies
from yarl import URL

from codex2api.upstream.cookies import is_front_door, is_kept
from codex2api.upstream.keepalive import probed_socket

_LONGEST_HEADER = 64 * 1024
_MOST_HEADERS = 256


class CloudflareCookies(aiohttp.CookieJar):
    """Keeps the front door's cookies on ChatGPT's hosts, and no other cookie of anybody."""

    def update_cookies(self, cookies: LooseCookies, response_url: URL = URL()) -> None:  # noqa: B008
        """Take in what belongs to the front door (name and default as in the base class)."""
        if is_front_door(response_url.host):
            pairs = cookies.items() if isinstance(cookies, Mapping) else cookies
            kept = [(name, value) for name, value in pairs if is_kept(name)]
            super().update_cookies(kept, response_url)

    def update_cookies_from_headers(self, headers: Sequence[str], response_url: URL) -> None:
        """The same for ``Set-Cookie`` lines, which the base class does not pass on to the other."""
        if is_front_door(response_url.host):
            super().update_cookies_from_headers(list(filter(is_kept, headers)), response_url)


def build_session(
    *, connect_timeout: float, keep_idle: float, proxy: str | None
) -> aiohttp.ClientSession:
    """A session; only inside a running event loop. Seconds, both."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0, keepalive_timeout=keep_idle, socket_factory=probed_socket
        ),
        cookie_jar=CloudflareCookies(),
        timeout=aiohttp.ClientTimeout(total=None, connect=connect_timeout),
        proxy=proxy,
        trust_env=False,
        # Compression of an event stream only delays it, and a compressed answer can be a bomb.
        headers={"Accept-Encoding": "identity"},
        auto_decompress=False,
        max_line_size=_LONGEST_HEADER,
        max_field_size=_LONGEST_HEADER,
        max_headers=_MOST_HEADERS,
    )
