"""The walk of a request through a dialect, as a plain ASGI callable (see docs/adr/0002)."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic

from starlette.types import Receive, Scope, Send

from codex2api.api.body import read_body
from codex2api.api.disconnect import CallerWatch
from codex2api.api.errors import send_json
from codex2api.api.exchange import Exchange, exchange_of, name_list, new_id
from codex2api.api.streaming import RawHeaders, SseResponse
from codex2api.dialects.base import (
    Dialect,
    Parsed,
    ReplyHead,
    RequestT,
    StreamTranslator,
    translate,
)
from codex2api.dialects.parameters import Survey
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import Ending
from codex2api.protocol.fold import Fold
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.sse import Frame, encode
from codex2api.relay import Call, Relay


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """What an operator may set.

    Attributes:
        max_body: Bytes.
        keepalive: Seconds of silence before a comment.
        strict: Whether a parameter that nobody can honour is a 400 for every caller.
        note: Takes down callers' bodies, for operators who ask for that.
    """

    max_body: int
    keepalive: float
    strict: bool = False
    note: Callable[[str, bytes], None] | None = None
    new_id: Callable[[], str] = new_id
    now: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class _Wish(Generic[RequestT]):
    """One caller's request, ready to be carried."""

    parsed: Parsed[RequestT]
    upstream: ResponsesRequest
    account: str | None
    strict: bool


@dataclass(frozen=True, slots=True)
class DialectEndpoint(Generic[RequestT]):
    """Serves one dialect's route.

    Failures before the first byte are raised as ``ApiError``; ``Front`` answers them.
    """

    dialect: Dialect[RequestT]
    relay: Relay
    options: EndpointOptions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = exchange_of(scope)
        body = await read_body(exchange.asked, receive, self.options.max_body)
        if self.options.note is not None:
            self.options.note("caller.request", body)
        wish = self._understand(exchange.asked, body)
        exchange.model = wish.upstream.model
        if wish.parsed.request.stream:
            await self._stream(wish, exchange, receive, send)
        else:
            await self._whole(wish, exchange, receive, send)

    def _understand(self, headers: Mapping[str, str], body: bytes) -> _Wish[RequestT]:
        parsed = self.dialect.parse(body)
        strict = self.options.strict or headers.get("x-codex2api-strict") == "1"
        upstream = self.dialect.to_upstream(parsed.request)
        _forbid(parsed.survey.dropped + upstream.dropped, strict)
        return _Wish(parsed, upstream, headers.get("x-codex2api-account"), strict)

    async def _whole(
        self, wish: _Wish[RequestT], exchange: Exchange, receive: Receive, send: Send
    ) -> None:
        gathered = Fold()
        async with CallerWatch(receive), self.relay.open(wish.upstream, account=wish.account) as c:
            call = self._accept(c, wish, exchange)
            async for batch in call.batches:
                for event in batch:
                    gathered.feed(event)
        head = self._head(call.stream.model)
        reply = self.dialect.reply(wish.parsed.request, head, gathered.close())
        await send_json(send, 200, reply, self._headers(call, wish))

    async def _stream(
        self, wish: _Wish[RequestT], exchange: Exchange, receive: Receive, send: Send
    ) -> None:
        early = _survey_headers(wish.parsed.survey)
        translator: StreamTranslator | None = None
        async with SseResponse(send, early, self.options.keepalive) as sse:
            try:
                async with (
                    CallerWatch(receive),
                    self.relay.open(wish.upstream, account=wish.account) as call,
                ):
                    self._accept(call, wish, exchange)
                    translator = self._translator(wish, call.stream.model)
                    await sse.start(self._headers(call, wish))
                    held = await _pass_on(call, translator, sse)
                ending = [*held, *translator.close()]
            except ApiError as error:
                if not sse.started:
                    raise
                exchange.error = error.code or error.kind.value
                translator = translator or self._translator(wish, wish.upstream.model)
                ending = list(translator.fail(error))
            await sse.finish(encode(ending))

    def _accept(self, call: Call, wish: _Wish[RequestT], exchange: Exchange) -> Call:
        _forbid(call.stream.dropped, wish.strict)
        exchange.account = call.account
        exchange.model = call.stream.model
        return call

    def _headers(self, call: Call, wish: _Wish[RequestT]) -> RawHeaders:
        stream = call.stream
        limits = call.limits.ratelimit_headers(self.options.now())
        return [
            *name_list(b"x-codex2api-account", (call.account,)),
            *name_list(b"openai-model", (stream.served_model or stream.model,)),
            *name_list(b"x-codex2api-adjusted", stream.adjusted),
            *_survey_headers(wish.parsed.survey, stream.dropped),
            *((name.encode(), value.encode()) for name, value in limits.items()),
        ]

    def _translator(self, wish: _Wish[RequestT], model: str) -> StreamTranslator:
        return self.dialect.translator(wish.parsed.request, self._head(model))

    def _head(self, model: str) -> ReplyHead:
        return ReplyHead(self.options.new_id(), int(self.options.now()), model)


async def _pass_on(call: Call, translator: StreamTranslator, sse: SseResponse) -> list[Frame]:
    """Send all frames but those of the last batch, which go out in one write with the ending."""
    async for batch in call.batches:
        frames = translate(translator, batch)
        if isinstance(batch[-1], Ending):
            return frames
        if frames:
            await sse.write(encode(frames))
    return []


def _forbid(dropped: tuple[str, ...], strict: bool) -> None:
    if strict and dropped:
        raise ApiError(
            Kind.BAD_REQUEST,
            f"'{dropped[0]}' cannot be honoured, and strict mode forbids to drop it.",
            param=dropped[0],
            code="unsupported_parameter",
        )


def _survey_headers(survey: Survey, also_dropped: tuple[str, ...] = ()) -> RawHeaders:
    return name_list(b"x-codex2api-dropped", survey.dropped + also_dropped) + name_list(
        b"x-codex2api-emulated", survey.emulated
    )
