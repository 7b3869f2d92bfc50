"""The other adapter: aiohttp, which knows proxies."""

import asyncio
import errno
from collections.abc import Callable, Mapping

import aiohttp

from codex2api.upstream.transport import (
    CertificateError,
    ConnectError,
    DisconnectedError,
    DnsError,
    NotHttpError,
    ProxyError,
    RefusedError,
    TlsError,
    TransportError,
)


class SessionResponse:
    """An answer whose head has been read."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.status = response.status
        self.headers: Mapping[str, str] = {
            name.lower(): value for name, value in response.headers.items()
        }
        self._response = response
        self._error: DisconnectedError | None = None

    @property
    def ready(self) -> bool:
        """Never known: aiohttp does not tell."""
        return False

    async def read(self) -> bytes:
        """All bytes at hand, at least one; ``b""`` at the end of the body.

        Raises:
            TransportError: The body broke off. What had arrived before has been returned.
        """
        if self._error is not None:
            raise self._error
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, OSError) as error:
            self._error = DisconnectedError("broke off")
            return self._salvage(error)

    def abort(self) -> None:
        """Close at once; a read that waits fails."""
        self._response.content.set_exception(DisconnectedError("given up"))
        self._response.close()

    def close(self) -> None:
        """Give the connection back if the whole message has arrived, else close it at once."""
        self._response.close()

    def _salvage(self, error: Exception) -> bytes:
        # aiohttp withholds what had arrived because of its exception, so that is taken off first.
        content = self._response.content
        content.set_exception(None)  # type: ignore[arg-type]
        data = content.read_nowait()
        if not data and self._error is not None:
            raise self._error from error
        return data


class SessionTransport:
    """Calls through a session of aiohttp's.

    Args:
        session: Gives the session; only asked inside a running event loop.
    """

    def __init__(self, session: Callable[[], aiohttp.ClientSession]) -> None:
        self._session = session

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        patience: float = 120.0,
    ) -> SessionResponse:
        """The answer, as soon as its head is there; the caller closes it.

        ``patience`` is the longest wait for that head, in seconds.

        Raises:
            TransportError: There was none.
            TimeoutError: There was none in time, or no connection.
            ValueError: A header or the address cannot be sent.
        """
        try:
            async with asyncio.timeout(patience):
                response = await self._session().request(
                    method, url, headers=headers, data=body, allow_redirects=False
                )
        except TimeoutError:
            raise
        except (aiohttp.ClientError, OSError) as error:
            raise _in_our_words(error) from error
        return SessionResponse(response)


_OURS: tuple[tuple[tuple[type[Exception], ...], type[TransportError]], ...] = (
    ((aiohttp.ClientConnectorCertificateError,), CertificateError),
    ((aiohttp.ClientSSLError,), TlsError),
    ((aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError), ProxyError),
    ((aiohttp.ClientConnectorDNSError,), DnsError),
    ((aiohttp.ClientConnectorError,), ConnectError),
    ((aiohttp.ServerDisconnectedError, OSError), DisconnectedError),
)
"""aiohttp's errors and ours; the first row that fits counts."""


def _in_our_words(error: Exception) -> TransportError:
    ours = next((ours for theirs, ours in _OURS if isinstance(error, theirs)), NotHttpError)
    if ours is ConnectError and getattr(error, "errno", None) == errno.ECONNREFUSED:
        return RefusedError("nobody listens")
    return ours(type(error).__name__)
