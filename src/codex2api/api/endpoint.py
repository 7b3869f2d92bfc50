"""The walk of a request through a dialect, as a plain ASGI callable (see docs/adr/0002).

A request is understood, carried, and answered in one of three ways: whole, as a stream, or in the
background.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Generic, Protocol

import structlog
from starlette.types import Receive, Scope, Send

from codex2api.api.answers import StreamedAnswer, WholeAnswer
from codex2api.api.body import read_body
from codex2api.api.border import as_answer
from codex2api.api.carry import Listener, carry
from codex2api.api.disconnect import CallerWatch
from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.errors import send_json
from codex2api.api.exchange import exchange_of
from codex2api.api.fates import EXPLAIN, is_on
from codex2api.api.gate import leave_later
from codex2api.api.recording import call_of
from codex2api.api.state.background import Background, EventLog, follow
from codex2api.api.state.memory import Deferral
from codex2api.api.streaming import EventSink, SseResponse
from codex2api.api.understanding import Understanding
from codex2api.api.wish import Foresight, Wish
from codex2api.dialects.base import ReplyHead, RequestT, StreamTranslator
from codex2api.errors import ApiError
from codex2api.ledger.ports import Record
from codex2api.protocol.bounds import NO_BOUNDS, Bounds, Shortener
from codex2api.protocol.sse import Frame, encode
from codex2api.protocol.stream import Heed
from codex2api.protocol.tokens import loaded, tokenizer
from codex2api.relay import Opener


class Explaining(Protocol):
    """Explains a request, as ``explaining.Explainer`` does."""

    def explain(self, wish: Wish[Any], body: bytes, /) -> Awaitable[dict[str, Any]]:
        """What would be sent."""


_CANCELLED = "response_cancelled"
"""How an answer in the background ended that was not read to its end."""

log = structlog.get_logger("codex2api.request")


@dataclass(frozen=True, slots=True)
class DialectEndpoint(Generic[RequestT]):
    """Serves one dialect's route.

    Failures before the first byte are raised as ``ApiError``; ``Front`` answers them.

    Attributes:
        understanding: Knows what a request asks for.
        background: Where answers go on whose caller does not wait for them.
        record: Takes down the calls whose answers go on there.
        explainer: Tells what would be sent, to callers who want to see that.
    """

    understanding: Understanding[RequestT]
    relay: Opener
    options: EndpointOptions
    background: Background = field(default_factory=Background)
    record: Record | None = None
    explainer: Explaining | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = exchange_of(scope)
        body = await read_body(exchange.asked, receive, self.options.max_body)
        if self.options.note is not None:
            self.options.note("caller.request", body)
        wish = await self.understanding.wish(exchange, body)
        exchange.asked_model, exchange.model = wish.request.model, wish.choices[0].model
        exchange.effort = wish.choices[0].reasoning.effort
        if self.explainer is not None and is_on(exchange.asked, EXPLAIN):
            exchange.rehearsed = True
            await send_json(send, 200, await self.explainer.explain(wish, body), [])
            return
        deferral = None if wish.recalled is None else wish.recalled.background
        if deferral is not None:
            await self._in_background(wish, deferral, receive, send)
        elif wish.request.stream:
            await self._stream(wish, receive, send)
        else:
            await self._whole(wish, receive, send)

    async def _whole(self, wish: Wish[RequestT], receive: Receive, send: Send) -> None:
        answer = WholeAnswer(wish.accept, wish.spent, len(wish.choices))
        async with CallerWatch(receive):
            await self._carry(wish, answer)
        reply = self.understanding.dialect.reply(wish.request, answer.head, answer.responses())
        if wish.recalled is not None:
            reply = await wish.recalled.keep_reply(reply)
        await send_json(send, 200, reply, answer.headers)

    async def _stream(self, wish: Wish[RequestT], receive: Receive, send: Send) -> None:
        early = Foresight(wish)
        exchange = wish.exchange
        sse = SseResponse(send, early.headers, self.options.keepalive, exchange.manners.heartbeat)
        exchange.streamed = True
        try:
            async with sse:
                await self._flow(wish, sse, early, receive)
        finally:
            exchange.silence = sse.silence if exchange.first_at is not None else None

    async def _flow(
        self, wish: Wish[RequestT], sse: SseResponse, early: Foresight, receive: Receive
    ) -> None:
        answer = self._streamed(wish, sse)
        try:
            async with CallerWatch(receive):
                await self._carry(wish, answer, early.heed)
            ending = answer.ending()
        except ApiError as error:
            if not sse.started:
                raise
            wish.exchange.error = error.code or error.kind.value
            ending = answer.failure(error, wish.head())
        if wish.recalled is not None:
            ending = await wish.recalled.keep_ending(ending)
        await sse.finish(encode(ending))

    async def _in_background(
        self, wish: Wish[RequestT], deferral: Deferral, receive: Receive, send: Send
    ) -> None:
        self.background.require_room()
        begun = await deferral.begin(wish.head())
        work = self._carry_on(wish, deferral, begun.log, leave_later(wish.exchange))
        wish.exchange.deferred = True
        self.background.start(begun.name, begun.log, work)
        early = Foresight(wish).headers
        if not wish.request.stream:
            await send_json(send, 200, begun.reply, early())
            return
        async with SseResponse(send, early, self.options.keepalive) as sse:
            await sse.start(early())
            async with CallerWatch(receive):
                await follow(begun.log, -1, sse)
            await sse.finish()

    async def _carry_on(
        self,
        wish: Wish[RequestT],
        deferral: Deferral,
        sink: EventLog,
        over: Callable[[], None],
    ) -> None:
        """Answer for nobody in particular; whatever happens becomes the end of the answer."""
        exchange, answer = wish.exchange, self._streamed(wish, sink)
        outcome: str | None = _CANCELLED
        try:
            ending, outcome = await self._ended(wish, answer)
            await sink.write(encode(await deferral.keep_ending(ending)))
        finally:
            exchange.status, exchange.error = int(HTTPStatus.OK), outcome
            over()
            if self.record is not None:
                self.record(call_of(exchange))

    async def _ended(
        self, wish: Wish[RequestT], answer: StreamedAnswer
    ) -> tuple[list[Frame], str | None]:
        """The last frames of an answer that is read to its end, and the code of its failure."""
        try:
            await self._carry(wish, answer)
            return answer.ending(), None
        except Exception as error:  # noqa: BLE001 (the border: no caller waits for it)
            failure = as_answer(error, "background.bug")
        return answer.failure(failure, wish.head()), failure.code or failure.kind.value

    def _streamed(self, wish: Wish[RequestT], sink: EventSink) -> StreamedAnswer:
        def translator(head: ReplyHead) -> StreamTranslator:
            made = self.understanding.dialect.translator(wish.request, head)
            return made if wish.recalled is None else wish.recalled.attend(made, head)

        return StreamedAnswer(wish.accept, wish.spent, translator, sink, len(wish.choices))

    async def _carry(
        self, wish: Wish[RequestT], listener: Listener, heed: Heed | None = None
    ) -> None:
        if heed is None and wish.strict:
            heed = Foresight(wish).heed
        openings = [
            self.relay.open(choice, account=wish.terms.account, heed=heed, permit=wish.terms.permit)
            for choice in wish.choices
        ]
        shorteners = None
        if wish.bounds != NO_BOUNDS:
            shorteners = [Shortener(wish.bounds, choice) for choice in wish.choices]
            await _prepare_to_count(wish.bounds)
        try:
            await carry(openings, shorteners, listener, self.options.max_choices)
        finally:
            wish.exchange.estimated = any(short.reached for short in shorteners or ())


async def _prepare_to_count(bounds: Bounds) -> None:
    """Load the tokenizer in a thread, or all other answers would wait for it.

    Where the limit is far, the answer does not wait for it either.
    """
    if loaded():
        return
    loading = asyncio.get_running_loop().run_in_executor(None, tokenizer)
    if bounds.near:
        await loading
