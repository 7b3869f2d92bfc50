"""The head of an answer, as bytes (RFC 9112 section 4 and RFC 9110 section 8.6)."""

import re
from collections.abc import Iterable
from http import HTTPStatus

from msgspec import Struct
from starlette.types import Scope

from codex2api.dialects.openai_error import openai_error
from codex2api.errors import ApiError
from codex2api.protocol.json import encode

Headers = Iterable[tuple[bytes, bytes]]

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}
_WITHOUT_BODY = frozenset({204, 304})
_NO_NAME = re.compile(rb'[\x00-\x20\x7f()<>@,;:\\\[\]={}"]')
_NO_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Head(Struct):
    """What is sent before a body.

    Attributes:
        data: All of it.
        length: Bytes of the body; ``None`` where its end tells.
        chunked: Whether the body is sent in chunks; without either the connection's end is its.
        keeps: Whether a further request may follow on the connection.
    """

    data: bytes
    length: int | None
    chunked: bool
    keeps: bool


def head_of(status: int, headers: Headers, *, asked: Scope, keeps: bool) -> Head:
    """The head of an answer.

    Args:
        status: Of the answer.
        headers: As the application gave them; names in lower case.
        asked: The request. What was asked with HEAD has no body, and one of HTTP/1.0 no chunks.
        keeps: Whether the caller would keep the connection.

    Raises:
        ValueError: A header cannot be sent.
    """
    lines = [_STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status]
    length: int | None = None
    closes = False
    for name, value in headers:
        lines += (name, b": ", value, b"\r\n")
        if name == b"content-length":
            length = int(value)
        elif name == b"connection":
            closes = b"close" in value.lower()
    _check(lines)
    if asked["method"] == "HEAD" or status in _WITHOUT_BODY:
        length = 0
    old = asked["http_version"] == "1.0"
    chunked = length is None and not old
    keeps = keeps and not closes and not old
    if chunked:
        lines.append(b"transfer-encoding: chunked\r\n")
    if not keeps and not closes:
        lines.append(b"connection: close\r\n")
    lines.append(b"\r\n")
    return Head(b"".join(lines), length, chunked, keeps)


def refusal(status: HTTPStatus, error: ApiError) -> tuple[bytes, bytes]:
    """Head and body for what never became a request; the connection ends with it."""
    body = encode(openai_error(error))
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode(), body


def _check(lines: list[bytes]) -> None:
    """Nothing an application puts into a header may become another one."""
    if _NO_NAME.search(b"".join(lines[1::4])):
        raise ValueError("A header's name has a character that none may have.")
    if _NO_VALUE.search(b"".join(lines[3::4])):
        raise ValueError("A header's value has a control character.")
