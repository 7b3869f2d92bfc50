"""Limits on what a connection may send before it is a request: how long, and how slowly.

uvicorn has neither. Without them a stranger needs no key to hold thousands of connections open
(slowloris), or to fill the memory with one header that never ends. Refusals have the shape of all
other errors.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from codex2api.cli.server.one_write import OneWriteProtocol
from codex2api.dialects.openai_error import openai_error
from codex2api.errors import ApiError, Kind
from codex2api.protocol.json import encode

_NOT_HTTP = "This is no valid HTTP request."
_TOO_LONG = "The request line and headers are larger than {:,} bytes."
_TOO_SLOW = "The request line and headers did not arrive within {:g} seconds."


class BoundedHeadProtocol(OneWriteProtocol):
    """uvicorn's protocol with limits.

    What comes in one piece, as nearly every request does, costs no timer and no counting. The base
    class is named, and not ``super()``: this runs five times a request.

    Attributes:
        head_bytes: Of the request line and all headers, at the most.
        head_seconds: In which they have to arrive: from the connection on, or from the first byte
            of a further request.
        rest_seconds: In which the rest of a body has to arrive that was refused unread.
        linger_seconds: For which somebody who was refused may go on sending.
    """

    head_bytes = 64 * 1024
    head_seconds = 10.0
    rest_seconds = 30.0
    linger_seconds = 2.0

    _timer: asyncio.TimerHandle | None = None
    _refusal: tuple[HTTPStatus, ApiError] | None = None
    _refused = False
    _outside = True  # between the end of a message and the end of the next one's head
    _begun = False  # from the first byte of a message to its last
    _moved = False  # whether a head or a message began or ended in the piece at hand
    _ended = False  # whether a message ended in it
    _behind = False  # whether the head began in one piece with the message before it
    _seen = 0  # bytes that may be of the head: from the piece on in which it began
    _fed = False  # whether the piece at hand held a part of a body
    _idle_bytes = 0  # since a part of a body came: trailers, extensions of chunks

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """As the base class does; the first head is due."""
        super().connection_made(transport)
        self._wait(self.head_seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """As the base class does."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As the base class does, and count what belongs to a head that is not whole."""
        if self._refused:
            return
        self._seen = self._seen + len(data) if self._begun else len(data)
        self._moved = self._ended = self._fed = False
        OneWriteProtocol.data_received(self, data)
        if self._outside:
            if self._begun or not self._moved:
                self._check_head()
        elif not self._moved:
            self._check_rest(len(data))

    def on_message_begin(self) -> None:
        """A head begins."""
        self._begun = self._moved = True
        if self._ended:
            self._behind, self._seen = True, 0
        OneWriteProtocol.on_message_begin(self)

    def on_headers_complete(self) -> None:
        """A head is whole.

        Raises:
            ValueError: It is too long; the parser fails with it.
        """
        self._moved = True
        self._outside = False
        if self._timer is not None:
            self._stop_waiting()
        if self._seen > self.head_bytes or self._behind:
            self._behind = False
            if _size(self.url, self.headers) > self.head_bytes:
                self._refusal = self._too_long()
                raise ValueError("head too long")
        OneWriteProtocol.on_headers_complete(self)
        if not self.parser.should_upgrade():
            self.headers = _FORGOTTEN

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._fed = True
        OneWriteProtocol.on_body(self, body)

    def on_message_complete(self) -> None:
        """The next head may follow in the same piece."""
        self._outside = self._moved = self._ended = True
        self._begun = False
        if self._timer is not None:
            self._stop_waiting()
        OneWriteProtocol.on_message_complete(self)
        if self._answered and self.timeout_keep_alive_task is None:
            # uvicorn stopped this clock when the rest of the body came, and has no use for it now.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's)
        """Refuse what is no request, or the head of none that we take.

        Whoever is still sending is not listened to, but let finish for a moment: closing at once
        would reset the connection, and take the answer away from them. In the middle of another
        answer there is nothing to be said, and the connection ends.
        """
        if self._answering:
            if self.cycle.response_started:
                self.transport.close()
                return
            self.cycle.disconnected = True  # its answer comes too late
            self.cycle.message_event.set()
        status, error = self._refusal or (
            HTTPStatus.BAD_REQUEST,
            ApiError(Kind.BAD_REQUEST, _NOT_HTTP),
        )
        self._refused = True
        for part in _answer(status, error):
            self.transport.write(part)
        self.transport.write_eof()
        self._stop_waiting()
        self._wait(self.linger_seconds, self.transport.close)

    @property
    def _answered(self) -> bool:
        return bool(self.cycle) and self.cycle.response_complete

    @property
    def _answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def _check_head(self) -> None:
        """A piece came after which a head has begun, or is awaited, and is not whole."""
        if self._refused or self.transport.is_closing():
            return
        if self._seen > self.head_bytes:
            self._refusal = self._too_long()
            self.send_400_response("")
        elif self._timer is None:
            self._wait(self.head_seconds, self._head_is_late)

    def _check_rest(self, size: int) -> None:
        """A piece of a body; one that was answered already is not listened to for ever."""
        self._idle_bytes = 0 if self._fed else self._idle_bytes + size
        if self._idle_bytes > self.head_bytes:
            self.transport.close()
        elif self._timer is None and self._answered:
            self._wait(self.rest_seconds, self.transport.close)

    def _head_is_late(self) -> None:
        if self._answering:  # we may be the ones who do not read
            self._wait(self.head_seconds, self._head_is_late)
        elif self._begun:
            text = _TOO_SLOW.format(self.head_seconds)
            self._refusal = HTTPStatus.REQUEST_TIMEOUT, ApiError(Kind.BAD_REQUEST, text)
            self.send_400_response("")
        else:
            self.transport.close()

    def _too_long(self) -> tuple[HTTPStatus, ApiError]:
        text = _TOO_LONG.format(self.head_bytes)
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, ApiError(Kind.BAD_REQUEST, text)

    def _wait(self, seconds: float, then: Callable[[], None]) -> None:
        self._timer = self.loop.call_later(seconds, then)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class _Trailers(list[tuple[bytes, bytes]]):
    """Where uvicorn puts the headers after a body, which would be among those before it."""

    def append(self, _: tuple[bytes, bytes]) -> None:
        """Forget it: nobody reads trailers, and there may be any number."""


_FORGOTTEN = _Trailers()


def _size(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    """Bytes of a head as it was sent, but for its method and padding."""
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers)


def _answer(status: HTTPStatus, error: ApiError) -> tuple[bytes, bytes]:
    """Head and body."""
    body = encode(openai_error(error))
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode(), body
