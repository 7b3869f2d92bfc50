"""The walk of a request through a dialect, as a plain ASGI callable (see docs/adr/0002)."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic

from starlette.types import Receive, Scope, Send

from codex2api.api.answers import Accept, StreamedAnswer, WholeAnswer
from codex2api.api.body import read_body
from codex2api.api.carry import Listener, carry
from codex2api.api.disconnect import CallerWatch
from codex2api.api.errors import send_json
from codex2api.api.exchange import Exchange, exchange_of, name_list, new_id
from codex2api.api.streaming import RawHeaders, SseResponse
from codex2api.dialects.base import Dialect, Parsed, ReplyHead, RequestT
from codex2api.dialects.parameters import Survey
from codex2api.errors import ApiError, Kind
from codex2api.protocol.bounds import NO_BOUNDS, Bounds, Shortener
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.sse import encode
from codex2api.relay import Call, Relay


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """What an operator may set.

    Attributes:
        max_body: Bytes.
        keepalive: Seconds of silence before a comment.
        strict: Whether a parameter that nobody can honour is a 400 for every caller.
        max_choices: How many upstream calls one request may cause.
        note: Takes down callers' bodies, for operators who ask for that.
    """

    max_body: int
    keepalive: float
    strict: bool = False
    max_choices: int = 8
    note: Callable[[str, bytes], None] | None = None
    new_id: Callable[[], str] = new_id
    now: Callable[[], float] = time.time


@dataclass(frozen=True, slots=True)
class _Wish(Generic[RequestT]):
    """One caller's request, ready to be carried.

    Attributes:
        choices: What is asked of the upstream, once for each choice of the answer.
    """

    parsed: Parsed[RequestT]
    choices: Sequence[ResponsesRequest]
    bounds: Bounds
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
        exchange.model = wish.choices[0].model
        if wish.parsed.request.stream:
            await self._stream(wish, exchange, receive, send)
        else:
            await self._whole(wish, exchange, receive, send)

    def _understand(self, headers: Mapping[str, str], body: bytes) -> _Wish[RequestT]:
        parsed = self.dialect.parse(body)
        strict = self.options.strict or headers.get("x-codex2api-strict") == "1"
        choices = self.dialect.to_upstream(parsed.request)
        if len(choices) > self.options.max_choices:
            raise _too_many(len(choices), self.options.max_choices)
        _forbid(parsed.survey.dropped + choices[0].dropped, strict)
        bounds = self.dialect.bounds(parsed.request)
        return _Wish(parsed, choices, bounds, headers.get("x-codex2api-account"), strict)

    async def _whole(
        self, wish: _Wish[RequestT], exchange: Exchange, receive: Receive, send: Send
    ) -> None:
        answer = WholeAnswer(self._acceptance(wish, exchange), len(wish.choices))
        async with CallerWatch(receive):
            await self._carry(wish, answer)
        reply = self.dialect.reply(wish.parsed.request, answer.head, answer.responses())
        await send_json(send, 200, reply, answer.headers)

    async def _stream(
        self, wish: _Wish[RequestT], exchange: Exchange, receive: Receive, send: Send
    ) -> None:
        early = _survey_headers(wish.parsed.survey)
        translator = partial(self.dialect.translator, wish.parsed.request)
        async with SseResponse(send, early, self.options.keepalive) as sse:
            accept = self._acceptance(wish, exchange)
            answer = StreamedAnswer(accept, translator, sse, len(wish.choices))
            try:
                async with CallerWatch(receive):
                    await self._carry(wish, answer)
                ending = answer.ending()
            except ApiError as error:
                if not sse.started:
                    raise
                exchange.error = error.code or error.kind.value
                ending = answer.failure(error, self._head(wish.choices[0].model))
            await sse.finish(encode(ending))

    async def _carry(self, wish: _Wish[RequestT], listener: Listener) -> None:
        openings = [self.relay.open(choice, account=wish.account) for choice in wish.choices]
        shortener = None if wish.bounds == NO_BOUNDS else partial(Shortener, wish.bounds)
        await carry(openings, shortener, listener)

    def _acceptance(self, wish: _Wish[RequestT], exchange: Exchange) -> Accept:
        def accept(calls: list[Call]) -> tuple[RawHeaders, ReplyHead]:
            for call in calls:
                _forbid(call.stream.dropped, wish.strict)
            first = calls[0]
            exchange.account = first.account
            exchange.model = first.stream.model
            return self._headers(first, wish), self._head(first.stream.model)

        return accept

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

    def _head(self, model: str) -> ReplyHead:
        return ReplyHead(self.options.new_id(), int(self.options.now()), model)


def _too_many(choices: int, most: int) -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        f"This asks for {choices} answers at once; this server gives at most {most} "
        "(setting codex.maxChoices).",
        param="n",
        code="invalid_value",
    )


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
