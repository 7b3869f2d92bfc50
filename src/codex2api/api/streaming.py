"""Server-sent events to the caller: headers when they are due, and a sign of life in silence."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from starlette.types import Send

from codex2api.protocol.sse import KEEPALIVE

RawHeaders = list[tuple[bytes, bytes]]

STREAM_HEADERS: RawHeaders = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    # nginx would gather events into pages otherwise.
    (b"x-accel-buffering", b"no"),
]


class EventSink(Protocol):
    """Where the events of a streamed answer go."""

    async def start(self, headers: RawHeaders, /) -> None:
        """The answer has begun."""

    async def write(self, data: bytes, /) -> None:
        """More events."""


class SseResponse:
    """The response to one streaming caller, used as a context manager.

    The status is held back until ``start``, so that a refusal can still have an honest one. If
    that takes longer than ``keepalive`` seconds, silence would be the greater harm (proxies and
    clients give up on it): the heartbeat then starts the response, and a later failure can only
    be an error event.

    Args:
        send: Where messages go.
        early_headers: Gives those to send when the heartbeat has to start the response.
        keepalive: Seconds of silence before a heartbeat is sent.
        heartbeat: Whole events that mean nothing.

    Attributes:
        silence: The longest pause between two parts of the answer, in seconds; no heartbeat
            fills it.
    """

    def __init__(
        self,
        send: Send,
        early_headers: Callable[[], RawHeaders],
        keepalive: float,
        heartbeat: bytes = KEEPALIVE,
    ) -> None:
        self._send = send
        self._early_headers = early_headers
        self._keepalive = keepalive
        self._heartbeat = heartbeat
        self._loop = asyncio.get_running_loop()
        self._heard = self._beaten = self._loop.time()
        self._beat: asyncio.Task[None] | None = None
        self.started = False
        self.silence = 0.0

    async def __aenter__(self) -> Self:
        self._timer = self._loop.call_later(self._keepalive, self._on_timer)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._beat is not None:
            self._beat.cancel()

    async def start(self, headers: RawHeaders) -> None:
        """Send status 200 and headers, unless the heartbeat already has."""
        self._heard = self._loop.time()  # what was before is the wait for the answer, no pause
        await self._begin(headers)

    async def _begin(self, headers: RawHeaders) -> None:
        if self.started:
            return
        self.started = True
        await self._send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": STREAM_HEADERS + headers,
            }
        )

    async def write(self, data: bytes) -> None:
        """Send bytes; waits while the caller reads more slowly than we write."""
        now = self._loop.time()
        if now - self._heard > self.silence:  # noqa: PLR1730 (done often, and max() is a call)
            self.silence = now - self._heard
        self._heard = now
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes = b"") -> None:
        """Send the last bytes and end the response."""
        self.silence = max(self.silence, self._loop.time() - self._heard)
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    def _on_timer(self) -> None:
        # One timer a stream, moved on only when it fires: a write costs no timer of its own.
        silence = self._loop.time() - max(self._heard, self._beaten)
        if silence >= self._keepalive and (self._beat is None or self._beat.done()):
            self._beat = self._loop.create_task(self._sign_of_life())
            silence = 0.0
        self._timer = self._loop.call_later(max(self._keepalive - silence, 0.01), self._on_timer)

    async def _sign_of_life(self) -> None:
        await self._begin(self._early_headers())
        self._beaten = self._loop.time()
        await self._send({"type": "http.response.body", "body": self._heartbeat, "more_body": True})
