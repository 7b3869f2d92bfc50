"""How the backend is reached: what is trusted, kept and refused, and by which adapter."""

import asyncio
import platform
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Self

from codex2api.upstream.cookies import FrontDoorCookies
from codex2api.upstream.transport import Connections, Transport
from codex2api.upstream.wire.transport import WireTransport

if TYPE_CHECKING:
    import aiohttp

_KEEP_IDLE = 60.0
"""Seconds that an unused connection is kept; the front door closes its end somewhat later."""


class Http:
    """Builds what is first needed; leaving the block closes it.

    aiohttp is loaded with the first session, and a server without a proxy needs none before it
    refreshes a token: that saves a tenth of a second at the start, and seven megabytes.

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
    def session(self) -> "aiohttp.ClientSession":
        """The session of aiohttp's; only inside a running event loop."""
        if self._session is None or self._session.closed:
            from codex2api.upstream.aiohttp_session import build_session  # noqa: PLC0415

            self._session = build_session(
                connect_timeout=self._connect_timeout, keep_idle=_KEEP_IDLE, proxy=self._proxy
            )
        return self._session

    @property
    def transport(self) -> Transport:
        """What carries the calls to the backend; only inside a running event loop."""
        if not self._speaks_itself:
            from codex2api.upstream.session import SessionTransport  # noqa: PLC0415

            return SessionTransport(lambda: self.session)
        if self._wire is None:
            self._wire = WireTransport(
                connect_timeout=self._connect_timeout,
                keep_idle=_KEEP_IDLE,
                cookies=FrontDoorCookies(),
            )
        return self._wire

    @property
    def connections(self) -> Connections:
        """How many there are; behind a proxy that is not known, and they count as none."""
        return Connections() if self._wire is None else self._wire.connections

    async def __aenter__(self) -> Self:
        if not self._speaks_itself:  # else the first call would hold all others while it loads
            await asyncio.to_thread(import_module, "codex2api.upstream.session")
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


def describe_platform() -> str:
    """Operating system and machine, as the ``User-Agent`` line names them."""
    system, release, machine = platform.system(), platform.release(), platform.machine()
    return f"{system or 'unknown'} {release or '0'}; {machine or 'unknown'}"
