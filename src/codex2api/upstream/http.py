"""How the backend is reached: what is trusted, kept and refused, and by which adapter."""

import platform
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.typedefs import LooseCookies
from yarl import URL

from codex2api.upstream.session import SessionTransport
from codex2api.upstream.transport import Connections, Transport
from codex2api.upstream.wire.transport import WireTransport

_LONGEST_HEADER = 64 * 1024
_MOST_HEADERS = 256

_KEEP_IDLE = 60.0
"""Seconds that an unused connection is kept; the front door closes its end somewhat later."""

_COOKIE_HOSTS = ("chatgpt.com", "openai.com")
_COOKIES = ("__cf", "cf_", "_cfuvid")


class CloudflareCookies(aiohttp.CookieJar):
    """Keeps the front door's cookies on ChatGPT's hosts, and no other cookie of anybody."""

    def update_cookies(self, cookies: LooseCookies, response_url: URL = URL()) -> None:  # noqa: B008
        """Take in what belongs to the front door (name and default as in the base class)."""
        if _is_front_door(response_url):
            pairs = cookies.items() if isinstance(cookies, Mapping) else cookies
            kept = [(name, value) for name, value in pairs if name.startswith(_COOKIES)]
            super().update_cookies(kept, response_url)

    def update_cookies_from_headers(self, headers: Sequence[str], response_url: URL) -> None:
        """The same for ``Set-Cookie`` lines, which the base class does not pass on to the other."""
        if _is_front_door(response_url):
            kept = [line for line in headers if line.lstrip().startswith(_COOKIES)]
            super().update_cookies_from_headers(kept, response_url)


def _is_front_door(url: URL) -> bool:
    host = url.host or ""
    return any(host == name or host.endswith(f".{name}") for name in _COOKIE_HOSTS)


class Http:
    """Builds what is first needed; leaving the block closes it.

    Args:
        connect_timeout: Seconds for one connection, TLS included.
        proxy: Address of the proxy to use. Proxy variables of the environment are never heeded:
            the requests carry tokens and conversations.
        wire: Whether we speak HTTP ourselves where no proxy is in between.
    """

    def __init__(
        self, *, connect_timeout: float = 10.0, proxy: str | None = None, wire: bool = True
    ) -> None:
        self._connect_timeout = connect_timeout
        self._proxy = proxy
        self._speaks_itself = wire and proxy is None
        self._session: aiohttp.ClientSession | None = None
        self._wire: WireTransport | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        """The session of aiohttp's; only inside a running event loop."""
        if self._session is None or self._session.closed:
            self._session = self._build()
        return self._session

    @property
    def transport(self) -> Transport:
        """What carries the calls to the backend; only inside a running event loop."""
        if not self._speaks_itself:
            return SessionTransport(lambda: self.session)
        if self._wire is None:
            self._wire = WireTransport(
                connect_timeout=self._connect_timeout,
                keep_idle=_KEEP_IDLE,
                jar=CloudflareCookies(),
            )
        return self._wire

    @property
    def connections(self) -> Connections:
        """How many there are; behind a proxy that is not known, and they count as none."""
        return Connections() if self._wire is None else self._wire.connections

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._wire is not None:
            await self._wire.close()
        if self._session is not None:
            await self._session.close()

    def _build(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_IDLE),
            cookie_jar=CloudflareCookies(),
            timeout=aiohttp.ClientTimeout(total=None, connect=self._connect_timeout),
            proxy=self._proxy,
            trust_env=False,
            # Compression of an event stream only delays it, and a compressed answer can be a bomb.
            headers={"Accept-Encoding": "identity"},
            auto_decompress=False,
            max_line_size=_LONGEST_HEADER,
            max_field_size=_LONGEST_HEADER,
            max_headers=_MOST_HEADERS,
        )


def describe_platform() -> str:
    """Operating system and machine, as the ``User-Agent`` line names them."""
    system, release, machine = platform.system(), platform.release(), platform.machine()
    return f"{system or 'unknown'} {release or '0'}; {machine or 'unknown'}"
