"""What the backend's client asks of HTTP, and the ways it can fail; two adapters fulfil it.

``wire`` speaks plain HTTP/1.1 and is the fast one; ``session`` is aiohttp's and knows proxies.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class HttpResponse(Protocol):
    """An answer whose head has been read.

    Attributes:
        headers: Names in lower case; of repeated ones the last.
    """

    status: int
    headers: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Whether ``read`` returns without waiting, as far as that is known."""

    async def read(self) -> bytes:
        """All bytes at hand, at least one; ``b""`` at the end of the body.

        Raises:
            TransportError: The body broke off. What had arrived before has been returned.
        """

    def abort(self) -> None:
        """Close at once; a read that waits fails."""

    def close(self) -> None:
        """Give the connection back if the whole message has arrived, else close it at once."""


class Transport(Protocol):
    """Carries requests; follows no redirect and unpacks nothing."""

    async def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        patience: float = 120.0,
    ) -> HttpResponse:
        """The answer, as soon as its head is there; the caller closes it.

        ``patience`` is the longest wait for that head, in seconds.

        Raises:
            TransportError: There was none.
            TimeoutError: There was none in time, or no connection.
            ValueError: A header or the address cannot be sent.
        """


class Connections(NamedTuple):
    """Connections to the backend.

    Attributes:
        dialled: How many were made so far.
    """

    busy: int = 0
    idle: int = 0
    dialled: int = 0


class TransportError(OSError):
    """A call failed below HTTP."""


class DnsError(TransportError):
    """The host name has no address."""


class ConnectError(TransportError):
    """No connection was made."""


class RefusedError(ConnectError):
    """There is a host, and nobody listens."""


class CertificateError(TransportError):
    """The certificate does not prove that the other side is who we want."""


class TlsError(TransportError):
    """TLS could not be agreed on."""


class ProxyError(TransportError):
    """The configured proxy did not connect us."""


class DisconnectedError(TransportError):
    """The other side closed the connection before the end of its answer."""


class NotHttpError(TransportError):
    """What came back is not proper HTTP, or more of it than anybody needs."""
