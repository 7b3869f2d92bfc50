"""The bytes of a request."""

import ssl
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from codex2api.upstream.wire.dial import Origin

_AS_WRITTEN = "!#$%&'()*+,/:;=?@[]~"


class Place(NamedTuple):
    """An address, taken apart.

    Attributes:
        line: What stands between the method and the first header of its own.
    """

    origin: Origin
    line: str


def locate(url: str, tls: Callable[[], ssl.SSLContext]) -> Place:
    """Where a request goes.

    Raises:
        ValueError: It is no address that we can call.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not an address of the form https://host/path")
    secure = parts.scheme == "https"
    origin = Origin(
        parts.hostname, parts.port or (443 if secure else 80), tls() if secure else None
    )
    path = quote(parts.path or "/", _AS_WRITTEN)
    query = f"?{quote(parts.query, _AS_WRITTEN)}" if parts.query else ""
    # Compression of an event stream only delays it, and a compressed answer can be a bomb.
    fixed = f"Host: {parts.netloc.encode('idna').decode()}\r\nAccept-Encoding: identity\r\n"
    return Place(origin, f" {path}{query} HTTP/1.1\r\n{fixed}")


def encode_request(
    method: str, place: Place, headers: Mapping[str, str], cookie: str, body: bytes | None
) -> bytes:
    """A whole request.

    Raises:
        ValueError: A header holds a line break or a NUL.
    """
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    breaks = (fields.count("\r"), fields.count("\n"), fields.count("\0"))
    if breaks != (len(headers), len(headers), 0):
        raise ValueError("a header that holds more than one line")
    if cookie:
        fields += f"Cookie: {cookie}\r\n"
    if body is None:
        return f"{method}{place.line}{fields}\r\n".encode()
    return f"{method}{place.line}{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body
