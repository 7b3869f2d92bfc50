"""Heads that ask for another protocol: who is to read them again, and as what.

The parser takes the head of an upgrade for the last of its HTTP, body or not. Only a WebSocket is
one here; any other wish may be left unheard (RFC 9110 section 7.8), and the request then counts.
Java's client and those built on it wish for HTTP/2 with every plain request.
"""

Headers = list[tuple[bytes, bytes]]

_OF_THE_WISH = (b"upgrade", b"http2-settings")


def asks_for_socket(method: bytes, headers: Headers) -> bool:
    """Whether a WebSocket is asked for (RFC 6455 section 4.1).

    Args:
        method: Of the request.
        headers: Names in lower case.
    """
    return method == b"GET" and any(
        name == b"upgrade" and value.lower() == b"websocket" for name, value in headers
    )


def written(method: bytes, target: bytes, version: str, headers: Headers) -> bytes:
    """A head as it is sent."""
    lines = [b"%b %b HTTP/%b" % (method, target, version.encode())]
    lines += [b"%b: %b" % header for header in headers]
    return b"\r\n".join([*lines, b"", b""])


def without_wish(headers: Headers) -> Headers:
    """The headers of the same request without a wish for another protocol."""
    return [
        (name, _without_options(value) if name == b"connection" else value)
        for name, value in headers
        if name not in _OF_THE_WISH
    ]


def _without_options(connection: bytes) -> bytes:
    options = [option.strip() for option in connection.split(b",")]
    return b", ".join(option for option in options if option.lower() not in _OF_THE_WISH)
