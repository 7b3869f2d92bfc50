"""One connection: what a parser says of its bytes becomes requests, one after the other.

uvicorn has the sockets, the loop and the end of the server, and makes one of these a connection.
Without the limits here a stranger needs no key to hold thousands of connections open (slowloris),
or to fill the memory with one header that never ends. Refusals have the shape of all other errors.
"""

import asyncio
from collections import deque
from http import HTTPStatus
from typing import Any, cast

import httptools
from uvicorn.config import Config
from uvicorn.server import ServerState

from codex2api.cli.server.http.deadline import Deadline
from codex2api.cli.server.http.head import refusal
from codex2api.cli.server.http.scope import connection_scope, request_scope
from codex2api.cli.server.http.turn import Turn
from codex2api.cli.server.http.upgrade import asks_for_socket, without_wish, written
from codex2api.errors import ApiError, Kind

_MOST_WAITING = 8
"""Pipelined requests that are read before their turn: while we do not read, nobody can leave."""

_NOT_HTTP = "This is no valid HTTP request."
_TOO_LONG = "The request line and headers are larger than {:,} bytes."
_TOO_SLOW = "The request line and headers did not arrive within {:g} seconds."


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, pipelining, back pressure both ways, and limits.

    Args:
        config: uvicorn's.
        server_state: Shared by all connections.
        app_state: What the application's lifespan has left for its requests.

    Attributes:
        head_bytes: Of the request line and all headers, at the most.
        head_seconds: In which they have to arrive: from the connection on, or from the first byte
            of a further request.
        rest_seconds: In which the rest of a body has to arrive that was answered unread.
        linger_seconds: For which somebody who was refused may go on sending.
    """

    head_bytes = 64 * 1024
    head_seconds = 10.0
    rest_seconds = 30.0
    linger_seconds = 2.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        if not config.loaded:
            config.load()
        self.loop = _loop or asyncio.get_running_loop()
        self.write_paused = False
        self.transport: asyncio.Transport
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self._deadline = Deadline(self.loop)
        self._parser = self._new_parser()
        self._turn: Turn | None = None  # the newest, which a body belongs to
        self._running: Turn | None = None  # the one that is being answered, or was last
        self._queue: deque[Turn] = deque()  # pipelined and not begun, the next one first
        self._writable: asyncio.Future[None] | None = None
        self._read_paused = False
        self._refused = False
        self._parting = False  # the last answer is said, to somebody who is still sending
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._expects = False
        self._wishes = False  # whether the head at hand asks for another protocol
        self._hurried = True  # whether the head is due
        self._head = False  # from the first byte of a head to its last
        self._body = False  # from there to the end of the message
        self._ended = False  # whether a message ended in the piece at hand
        self._hidden = False  # the head at hand began in a piece with what was before it
        self._seen = 0  # bytes that came since something was whole: a head, a part of a body

    # What uvicorn and its event loop call

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first head is due."""
        self.transport = cast("asyncio.Transport", transport)
        self._state.connections.add(self)  # type: ignore[arg-type]  # it knows its own two only
        self._common = connection_scope(self.transport)
        self._deadline.set(self.head_seconds, self._on_late_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody listens any more."""
        self._state.connections.discard(self)
        self._deadline.end()
        self._leave()
        self.resume_writing()
        if exc is None:
            self.transport.close()

    def eof_received(self) -> None:
        """The caller sends nothing more: they may have gone, so the transport is to be closed."""

    def data_received(self, data: bytes) -> None:
        """Some bytes."""
        if self._refused:
            return
        self._ended = False
        self._seen += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._wishes:
                self._grant(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            if isinstance(error.__context__, _HeadTooLongError):
                self._refuse_long_head()
            else:
                self._refuse(HTTPStatus.BAD_REQUEST, _NOT_HTTP)
        else:
            self._check()

    def pause_writing(self) -> None:
        """The caller reads more slowly than we write."""
        self.write_paused = True

    def resume_writing(self) -> None:
        """They have caught up, or gone."""
        self.write_paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    def shutdown(self) -> None:
        """The server ends: close what is idle, and the rest after its answer."""
        turn = self._turn
        if turn is None or turn.complete:
            self.transport.close()
        else:
            turn.keeps = False

    # What the parser calls

    def on_message_begin(self) -> None:
        """A head begins."""
        self._url, self._headers, self._expects = b"", [], False
        self._head = True
        self._hidden = self._ended
        if self._hidden:
            self._seen = 0

    def on_url(self, url: bytes) -> None:
        """A part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; after a body it is a trailer, which nobody reads."""
        if self._head:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self._expects = True
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """A head is whole.

        Raises:
            _HeadTooLongError: It is too long; the parser fails with it.
        """
        # What came in one piece of a usual size is not counted.
        if self._seen > self.head_bytes or self._hidden:
            size = len(self._url) + sum(len(name) + len(text) + 4 for name, text in self._headers)
            if size > self.head_bytes:
                raise _HeadTooLongError
        self._head, self._body, self._seen, self._hurried = False, True, 0, False
        self._deadline.call_off()
        upgrades = self._parser.should_upgrade()
        self._wishes = upgrades and self._parser.get_method() != b"CONNECT"
        if not self._wishes:
            self._begin(keeps=not upgrades and self._parser.should_keep_alive())

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        self._seen = 0
        turn = self._turn
        if turn is not None and not turn.complete and turn.feed(body):
            self._pause_reading()

    def on_message_complete(self) -> None:
        """A request is whole."""
        self._body, self._ended, self._seen = False, True, 0
        turn = self._turn
        if turn is None or self._wishes:
            return
        if self._parting:
            self.transport.close()
        elif turn.complete:
            self._await_next()
        else:
            turn.end()

    # What a turn calls

    @property
    def date(self) -> list[tuple[bytes, bytes]]:
        """The headers that uvicorn gives every answer, made once a second."""
        return self._state.default_headers

    def write(self, data: bytes) -> None:
        """Send bytes."""
        if not self.transport.is_closing():
            self.transport.write(data)

    async def drained(self) -> None:
        """Wait for a caller who reads slowly."""
        if self._writable is None or self._writable.done():
            self._writable = self.loop.create_future()
        await asyncio.shield(self._writable)

    def read_on(self) -> None:
        """Read on, unless another request is waiting for its turn."""
        if self._read_paused and not self._queue:
            self._read_paused = False
            self.transport.resume_reading()

    def answered(self, *, keeps: bool) -> None:
        """An answer is over: the next one begins, or the next request is awaited."""
        if not keeps:
            self._part()
        if self._parting or self.transport.is_closing():
            return
        if self._queue:
            self._start(self._queue.popleft())
        elif self._body:
            self._deadline.set(self.rest_seconds, self.transport.close)
        elif not self._head:
            self._await_next()
        self.read_on()

    def cut(self) -> None:
        """End the connection."""
        self.transport.close()

    # Our own

    @property
    def _is_answering(self) -> bool:
        return self._turn is not None and not self._turn.complete

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # A second request behind one that closes the connection must not spoil the first's answer.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _begin(self, *, keeps: bool) -> None:
        if self._parting:
            return
        parser = self._parser
        asked = request_scope(
            parser.get_method(), self._url, parser.get_http_version(), self._headers
        )
        scope = {**self._common, **asked, "state": self._app_state.copy()}
        expects = self._expects and asked["http_version"] != "1.0"  # RFC 9110 section 10.1.1
        turn = self._turn = Turn(self, scope, keeps=keeps, expects=expects)
        if self._running is None or self._running.complete:
            self._start(turn)
        else:
            self._queue.append(turn)
            if len(self._queue) >= _MOST_WAITING:
                self._pause_reading()

    def _start(self, turn: Turn) -> None:
        self._running = turn
        tasks = self._state.tasks
        task = self.loop.create_task(turn.run(self._config.loaded_app))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def _pause_reading(self) -> None:
        if not self._read_paused:
            self._read_paused = True
            self.transport.pause_reading()

    def _await_next(self) -> None:
        self._deadline.set(self._config.timeout_keep_alive, self.transport.close)

    def _check(self) -> None:
        """A piece came: what it leaves unfinished is to be small enough, and is due."""
        if self._seen > self.head_bytes:
            if self._body:
                self.transport.close()  # extensions of chunks, or trailers, without an end
            else:
                self._refuse_long_head()
        elif self._head and not self._hurried:
            self._hurried = True
            self._deadline.set(self.head_seconds, self._on_late_head)

    def _on_late_head(self) -> None:
        if self._is_answering:  # we may be the ones who do not read
            self._deadline.set(self.head_seconds, self._on_late_head)
        elif self._head:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, _TOO_SLOW.format(self.head_seconds))
        else:
            self.transport.close()

    def _refuse_long_head(self) -> None:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        self._refuse(status, _TOO_LONG.format(self.head_bytes))

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        """Refuse what is no request, or the head of none that we take.

        Whoever is still sending is not listened to, but let finish for a moment: closing at once
        would reset the connection, and take the answer away from them. In the middle of another
        answer there is nothing to be said, and the connection ends.
        """
        running = self._running
        if running is not None and running.started and not running.complete:
            self.transport.close()
            return
        self._leave()
        self._refused = True
        for part in refusal(status, ApiError(Kind.BAD_REQUEST, text)):
            self.write(part)
        if self.transport.can_write_eof() and not self.transport.is_closing():
            self.transport.write_eof()
        self._deadline.set(self.linger_seconds, self.transport.close)

    def _part(self) -> None:
        """Close after the last answer.

        Who is still sending a body that nobody reads is let finish first: closing at once would
        reset the connection, and take the answer away from them (RFC 9112 section 9.6).
        """
        if not self._body or self.transport.is_closing() or not self.transport.can_write_eof():
            self.transport.close()
            return
        self._parting = True
        self._queue.clear()
        self.transport.write_eof()
        self._deadline.set(self.rest_seconds, self.transport.close)
        self.read_on()

    def _leave(self) -> None:
        for turn in (self._running, *self._queue):
            if turn is not None:
                turn.leave()
        self._queue.clear()

    def _grant(self, rest: bytes) -> None:
        """Have a head with a wish read once more: as that of a WebSocket, or without its wish."""
        parser, method, headers = self._parser, self._parser.get_method(), self._headers
        socket = asks_for_socket(method, headers)
        headers = headers if socket else without_wish(headers)
        data = written(method, self._url, parser.get_http_version(), headers) + rest
        if socket:
            self._hand_over(data)
        else:
            self._parser = self._new_parser()
            self.data_received(data)

    def _hand_over(self, data: bytes) -> None:
        """To uvicorn's WebSocket connection."""
        self._state.connections.discard(self)
        self._deadline.end()
        protocol = cast("type[Any]", self._config.ws_protocol_class)(
            config=self._config, server_state=self._state, app_state=self._app_state
        )
        protocol.connection_made(self.transport)
        protocol.data_received(data)
        self.transport.set_protocol(protocol)


class _HeadTooLongError(Exception):
    """Ends the parser's work."""
