"""The Responses WebSocket mode: each ``response.create`` is a POST whose events come as frames.

The walk of a request is the one of ``POST /v1/responses``, down to its parameters, its memory and
its log line; only the frames are made and read here. Protocol sheet, section 5; docs/adr/0016.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog
from msgspec import Raw
from starlette.types import Message, Receive, Scope, Send

from codex2api.api.body import too_large
from codex2api.api.border import as_answer
from codex2api.api.disconnect import CALLER_LEFT, CallerLeftError
from codex2api.api.endpoint import DialectEndpoint
from codex2api.api.exchange import begin, exchange_of, tell
from codex2api.api.fates import fate_headers, forbid, is_strict
from codex2api.api.gate import enter, leave
from codex2api.api.recording import call_of
from codex2api.api.socket.frames import Create, EventFrames, error_frame, read_create
from codex2api.api.socket.turns import Turn, Turns, go_on, own_items, previous_id
from codex2api.api.state.history import unknown_response
from codex2api.dialects.base import ReplyHead
from codex2api.dialects.parameters import Survey
from codex2api.dialects.responses.schema import CreateResponse
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import Completed, Created, Response
from codex2api.protocol.json import encode
from codex2api.protocol.sse import SseDecoder
from codex2api.protocol.usage import Usage

DRAIN = "codex2api.drain"
"""A message of our own server: take no new requests, finish the one under way, and close."""

_GOING_AWAY = 1001
_RESTARTING = 1012

_OF_THE_HANDSHAKE = (b"x-request-id", b"content-length", b"content-encoding")
"""Headers that belong to the connection and not to each of its requests."""

_FORGOTTEN = {"store": Raw(b"false")}
"""A warm-up is remembered by its connection alone."""

_NO_HEARTBEAT = 86_400.0
"""Seconds; pings keep the connection alive, and an early start would cost the honest status."""

log = structlog.get_logger("codex2api.request")


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """How long a connection may live.

    Attributes:
        idle: Seconds without a request.
        age: Seconds altogether; a response under way is finished first.
    """

    idle: float = 900.0
    age: float = 3600.0


class ResponsesSocket:
    """Serves WebSocket connections to ``/v1/responses``, as an ASGI callable.

    Args:
        responses: Answers each request.
        limits: How long a connection may live.
    """

    def __init__(self, responses: DialectEndpoint[CreateResponse], limits: SocketLimits) -> None:
        options = replace(responses.options, keepalive=_NO_HEARTBEAT)
        self._responses = replace(responses, options=options)
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, which is guarded and let in already, until it ends."""
        exchange = exchange_of(scope)
        exchange.status = 101
        await send({"type": "websocket.accept", "headers": exchange.headers()})
        connection = _Connection(self._responses, self._limits, scope, receive, send)
        try:
            with suppress(CallerLeftError):
                await connection.run()
        finally:
            await connection.stop()


class _Connection:
    """One connection: at most one response under way, and what was said before."""

    def __init__(
        self,
        responses: DialectEndpoint[CreateResponse],
        limits: SocketLimits,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._responses = responses
        self._limits = limits
        self._scope = scope
        self._receive = receive
        self._send = send
        self._turns = Turns()
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + limits.age
        self._idle_since = self._loop.time()
        self._running: asyncio.Task[None] | None = None
        self._incoming: asyncio.Task[Message] | None = None
        self._draining = False

    async def run(self) -> None:
        """Read frames until either side ends the connection."""
        while True:
            if self._running is None and await self._is_over():
                return
            self._incoming = self._incoming or asyncio.create_task(self._next())
            waited_for = {task for task in (self._incoming, self._running) if task is not None}
            done, _ = await asyncio.wait(
                waited_for, timeout=self._patience(), return_when=asyncio.FIRST_COMPLETED
            )
            if self._running is not None and self._running in done:
                self._running.result()
                self._running = None
                self._idle_since = self._loop.time()
            if self._incoming in done:
                message, self._incoming = self._incoming.result(), None
                if message["type"] == "websocket.disconnect":
                    return
                await self._take(message)

    async def stop(self) -> None:
        """End what is under way; the upstream is closed with it."""
        tasks = [task for task in (self._incoming, self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _next(self) -> Message:
        return await self._receive()

    def _patience(self) -> float | None:
        """Seconds until the connection has to end; ``None`` while it is at work."""
        if self._running is not None:
            return None
        return max(0.0, min(self._idle_since + self._limits.idle, self._ends) - self._loop.time())

    async def _is_over(self) -> bool:
        """Whether the connection has to end; then it is told so and closed."""
        now = self._loop.time()
        if self._draining:
            await self._close(_RESTARTING)
        elif now >= self._ends:
            await self._fail(_limit_reached(self._limits.age))
            await self._close(_GOING_AWAY)
        elif now >= self._idle_since + self._limits.idle:
            await self._close(_GOING_AWAY)
        else:
            return False
        return True

    async def _close(self, code: int) -> None:
        await self._out({"type": "websocket.close", "code": code})

    async def _take(self, message: Message) -> None:
        if message["type"] == DRAIN:
            self._draining = True
            return
        try:
            create = read_create(message.get("text"))
            self._check_free()
        except ApiError as error:
            await self._fail(error)
            return
        self._running = asyncio.create_task(self._answer(create))

    def _check_free(self) -> None:
        if self._draining:
            raise ApiError(Kind.SHUTTING_DOWN, "This server is about to stop.")
        if self._running is not None:
            raise _busy()

    async def _fail(self, error: ApiError) -> None:
        await self._send_text(error_frame(error))

    async def _send_text(self, text: str) -> None:
        await self._out({"type": "websocket.send", "text": text})

    async def _out(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:  # ASGI's way to say that the caller has left
            raise CallerLeftError from None

    async def _answer(self, create: Create) -> None:
        """Answer one request; whatever happens, there is one log line."""
        scope = self._posted()
        exchange = exchange_of(scope)
        structlog.contextvars.bind_contextvars(request_id=exchange.request_id)
        try:
            error = await self._attempt(create, scope)
            if error is not None:
                exchange.status = exchange.status or int(error.status)
                exchange.error = error.code or error.kind.value
                await self._fail(error)
        except CallerLeftError:
            exchange.error = "caller_left"
        finally:
            leave(exchange)
            exchange.status = exchange.status or CALLER_LEFT
            tell(exchange)
            record = self._responses.record
            if record is not None and create.generate and not exchange.deferred:
                record(call_of(exchange))

    async def _attempt(self, create: Create, scope: Scope) -> ApiError | None:
        """Serve a request, or give the reason why it could not be."""
        try:
            enter(exchange_of(scope), asks=create.generate)
            await self._serve(create, scope)
        except CallerLeftError:
            raise
        except Exception as error:  # noqa: BLE001 (the border, as in Front)
            return as_answer(error)
        return None

    async def _serve(self, create: Create, scope: Scope) -> None:
        fields, name = create.fields, previous_id(create.fields)
        known = None if name is None else self._turns.find(name)
        if name is not None and known is None and self._responses.understanding.memory is None:
            raise unknown_response(name)
        turn = known or Turn((), None if name is None else fields["previous_response_id"])
        own = own_items(fields)
        if known is not None:
            fields = go_on(fields, known)
        frames = EventFrames(name if known is not None else None)
        if create.generate:
            await self._respond(encode(fields), scope, frames)
        else:
            await self._warm_up(encode(fields | _FORGOTTEN), scope, frames)
        if frames.ended is not None and not frames.ended.store:
            items = (*turn.items, *own, *frames.ended.output)
            self._turns.keep(frames.ended.id, replace(turn, items=items))

    async def _respond(self, body: bytes, scope: Scope, frames: EventFrames) -> None:
        """Have the request served as if it were posted."""
        exchange, decoder = exchange_of(scope), SseDecoder()
        posted: list[Message] = [{"type": "http.request", "body": body}]

        async def receive() -> Message:
            return posted.pop() if posted else await asyncio.Future()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = int(message["status"])
                frames.begin([*message["headers"], *exchange.headers()])
                return
            for payload in decoder.feed(message.get("body", b"")):
                await self._pass_on(payload, frames)

        await self._responses(scope, receive, send)

    async def _warm_up(self, body: bytes, scope: Scope, frames: EventFrames) -> None:
        """Take the input down; nothing goes upstream, and the answer is an id."""
        exchange = exchange_of(scope)
        understanding, options = self._responses.understanding, self._responses.options
        if len(body) > options.max_body:
            raise too_large(options.max_body)
        dialect = understanding.dialect
        parsed = dialect.parse(body)
        wish = (await understanding.mean(parsed.request, exchange)).choices[0]
        dropped = parsed.survey.dropped + wish.dropped
        forbid(dropped, is_strict(exchange.asked, options.strict))
        exchange.model, exchange.status = wish.model, 200
        head = ReplyHead(options.new_id(), int(options.now()), wish.model)
        translator = dialect.translator(parsed.request, head)
        frames.begin([*fate_headers(Survey(dropped)), *exchange.headers()])
        ending = Completed(response=Response(status="completed", output=[], usage=Usage()))
        for event in translator.feed([Created(response=Response()), ending]):
            await self._pass_on(encode(event.data), frames)

    async def _pass_on(self, payload: bytes, frames: EventFrames) -> None:
        frame = frames.frame(payload)
        if frame is not None:
            await self._send_text(frame)

    def _posted(self) -> Scope:
        """A scope and an exchange as of a POST, with the headers and caller of the handshake."""
        headers = [
            (name, value) for name, value in self._scope["headers"] if name not in _OF_THE_HANDSHAKE
        ]
        scope = {**self._scope, "type": "http", "method": "POST", "headers": headers}
        exchange = begin(scope)
        exchange.method = "WS"
        exchange.caller = exchange_of(self._scope).caller
        return scope


def _busy() -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        "A response is under way on this connection already; wait for its end, or open another.",
        code="response_in_progress",
    )


def _limit_reached(age: float) -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        f"This connection has reached its limit of {age / 60:g} minutes. Open a new one.",
        code="websocket_connection_limit_reached",
    )
