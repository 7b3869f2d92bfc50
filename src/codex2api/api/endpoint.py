"""The walk of a request through a dialect, as a plain ASGI callable (see docs/adr/0002)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic

import structlog
from msgspec import Struct, structs
from starlette.types import Receive, Scope, Send

from codex2api.api.answers import Accept, StreamedAnswer, WholeAnswer
from codex2api.api.attachments import Attachments
from codex2api.api.background import Background, EventLog, follow
from codex2api.api.body import read_body
from codex2api.api.carry import Listener, carry
from codex2api.api.disconnect import CallerWatch
from codex2api.api.errors import BUG, send_json
from codex2api.api.exchange import Exchange, exchange_of, name_list, new_id
from codex2api.api.fates import forbid, is_strict
from codex2api.api.memory import Begun, Memory, Recalled
from codex2api.api.shelf import as_reader
from codex2api.api.streaming import EventSink, RawHeaders, SseResponse
from codex2api.dialects.base import Dialect, Parsed, ReplyHead, RequestT, StreamTranslator
from codex2api.dialects.openai_files import UploadedFileError
from codex2api.dialects.parameters import Survey
from codex2api.dialects.reasoning import ReasoningStyle, style_shown
from codex2api.errors import ApiError, Kind
from codex2api.protocol.bounds import NO_BOUNDS, Bounds, Shortener
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.sse import encode
from codex2api.protocol.stream import Fit, Heed
from codex2api.protocol.tokens import loaded, tokenizer
from codex2api.relay import Call, Opener

_log = structlog.get_logger("codex2api.request")


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """What an operator may set.

    Attributes:
        max_body: Bytes.
        keepalive: Seconds of silence before a comment.
        strict: Whether a parameter that nobody can honour is a 400 for every caller.
        reasoning: Where it is shown to callers who do not say.
        max_choices: How many answers to one prompt may be asked for, and how many upstream calls
            one request makes at once.
        note: Takes down callers' bodies, for operators who ask for that.
    """

    max_body: int
    keepalive: float
    strict: bool = False
    reasoning: ReasoningStyle = ReasoningStyle.REASONING_CONTENT
    max_choices: int = 8
    note: Callable[[str, bytes], None] | None = None
    new_id: Callable[[], str] = new_id
    now: Callable[[], float] = time.time


class Meant(Struct, Generic[RequestT], frozen=True):
    """A request with what it refers to.

    Attributes:
        request: With stored items in the place of references.
        choices: What is asked of the upstream, once for each choice of the answer.
        recalled: What memory knows of it.
    """

    request: RequestT
    choices: Sequence[ResponsesRequest]
    recalled: Recalled[RequestT] | None


class _Wish(Struct, Generic[RequestT], frozen=True):
    """One caller's request, ready to be carried.

    Attributes:
        choices: What is asked of the upstream, once for each choice of the answer.
    """

    parsed: Parsed[RequestT]
    choices: Sequence[ResponsesRequest]
    bounds: Bounds
    account: str | None
    strict: bool
    reasoning: ReasoningStyle
    recalled: Recalled[RequestT] | None
    answer_id: str


@dataclass(frozen=True, slots=True)
class DialectEndpoint(Generic[RequestT]):
    """Serves one dialect's route.

    Failures before the first byte are raised as ``ApiError``; ``Front`` answers them.

    Attributes:
        memory: What puts back what was said before and keeps what is said, if anything does.
        background: Where answers go on whose caller does not wait for them.
        attachments: Where uploaded files are that a request names.
    """

    dialect: Dialect[RequestT]
    relay: Opener
    options: EndpointOptions
    memory: Memory[RequestT] | None = None
    background: Background = field(default_factory=Background)
    attachments: Attachments | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = exchange_of(scope)
        body = await read_body(exchange.asked, receive, self.options.max_body)
        if self.options.note is not None:
            self.options.note("caller.request", body)
        wish = await self._understand(exchange, body)
        exchange.model = wish.choices[0].model
        recalled = wish.recalled
        if recalled is not None and recalled.background is not None:
            begin = recalled.background.begin
            await self._in_background(wish, recalled, begin, exchange, receive, send)
        elif wish.parsed.request.stream:
            await self._stream(wish, exchange, receive, send)
        else:
            await self._whole(wish, exchange, receive, send)

    async def _understand(self, exchange: Exchange, body: bytes) -> _Wish[RequestT]:
        headers = exchange.asked
        parsed = self.dialect.parse(body)
        strict = is_strict(headers, self.options.strict)
        shows = partial(self.dialect.shows, parsed.request)
        reasoning, moved = style_shown(headers, self.options.reasoning, shows)
        if moved:
            survey = structs.replace(parsed.survey, adjusted=moved)
            parsed = structs.replace(parsed, survey=survey)
        meant = await self.mean(parsed.request, exchange)
        parsed = structs.replace(parsed, request=meant.request)
        choices = meant.choices
        each = self.dialect.each(parsed.request)
        if each > self.options.max_choices:
            raise _too_many(each, self.options.max_choices)
        forbid(parsed.survey.dropped + choices[0].dropped, strict)
        return _Wish(
            parsed=parsed,
            choices=choices,
            bounds=self.dialect.bounds(parsed.request),
            account=headers.get("x-codex2api-account"),
            strict=strict,
            reasoning=reasoning,
            recalled=meant.recalled,
            answer_id=self.options.new_id(),
        )

    async def mean(self, request: RequestT, exchange: Exchange) -> Meant[RequestT]:
        """What a request means, with all that it only refers to.

        Raises:
            ApiError: It refers to something that is not there, or cannot be carried.
        """
        recalled = None
        if self.memory is not None and exchange.caller is not None:
            recalled = await self.memory.recall(exchange.caller, request)
        if recalled is None:
            return Meant(request, await self._choices(request, exchange), None)
        choices = await self._choices(recalled.request, exchange)
        return Meant(recalled.request, recalled.put_back(choices), recalled)

    async def _choices(self, request: RequestT, exchange: Exchange) -> Sequence[ResponsesRequest]:
        try:
            return self.dialect.to_upstream(request)
        except UploadedFileError:
            fill = self.dialect.fill
            if self.attachments is None or exchange.caller is None or fill is None:
                raise
        filled = await self.attachments.fill(as_reader(exchange.caller), partial(fill, request))
        return self.dialect.to_upstream(filled)

    async def _whole(
        self, wish: _Wish[RequestT], exchange: Exchange, receive: Receive, send: Send
    ) -> None:
        answer = WholeAnswer(self._acceptance(wish, exchange), len(wish.choices))
        async with CallerWatch(receive):
            await self._carry(wish, answer)
        reply = self.dialect.reply(wish.parsed.request, answer.head, answer.responses())
        if wish.recalled is not None:
            reply = await wish.recalled.keep_reply(reply)
        await send_json(send, 200, reply, answer.headers)

    async def _stream(
        self, wish: _Wish[RequestT], exchange: Exchange, receive: Receive, send: Send
    ) -> None:
        early = _fate_headers(wish.parsed.survey)
        async with SseResponse(send, early, self.options.keepalive) as sse:
            answer = self._streamed(wish, exchange, sse)
            try:
                async with CallerWatch(receive):
                    await self._carry(wish, answer, early)
                ending = answer.ending()
            except ApiError as error:
                if not sse.started:
                    raise
                exchange.error = error.code or error.kind.value
                ending = answer.failure(error, self._head(wish, wish.choices[0].model))
            if wish.recalled is not None:
                ending = await wish.recalled.keep_ending(ending)
            await sse.finish(encode(ending))

    async def _in_background(
        self,
        wish: _Wish[RequestT],
        recalled: Recalled[RequestT],
        begin: Callable[[ReplyHead], Awaitable[Begun]],
        exchange: Exchange,
        receive: Receive,
        send: Send,
    ) -> None:
        self.background.require_room()
        begun = await begin(self._head(wish, wish.choices[0].model))
        work = self._carry_on(wish, recalled, exchange, begun.log)
        self.background.start(begun.name, begun.log, work)
        headers = _fate_headers(wish.parsed.survey)
        if not wish.parsed.request.stream:
            await send_json(send, 200, begun.reply, headers)
            return
        async with SseResponse(send, headers, self.options.keepalive) as sse:
            await sse.start(headers)
            async with CallerWatch(receive):
                await follow(begun.log, -1, sse)
            await sse.finish()

    async def _carry_on(
        self,
        wish: _Wish[RequestT],
        recalled: Recalled[RequestT],
        exchange: Exchange,
        log: EventLog,
    ) -> None:
        """Answer for nobody in particular; whatever happens becomes the end of the answer."""
        answer = self._streamed(wish, exchange, log)
        try:
            await self._carry(wish, answer)
            ending = answer.ending()
        except Exception as error:  # noqa: BLE001 (there is no caller to whom it could be raised)
            told = error if isinstance(error, ApiError) else ApiError(Kind.INTERNAL, BUG)
            if told is not error:
                _log.exception("background.bug")
            ending = answer.failure(told, self._head(wish, wish.choices[0].model))
        await log.write(encode(await recalled.keep_ending(ending)))

    def _streamed(
        self, wish: _Wish[RequestT], exchange: Exchange, sink: EventSink
    ) -> StreamedAnswer:
        def translator(head: ReplyHead) -> StreamTranslator:
            made = self.dialect.translator(wish.parsed.request, head)
            return made if wish.recalled is None else wish.recalled.attend(made, head)

        accept = self._acceptance(wish, exchange)
        return StreamedAnswer(accept, translator, sink, len(wish.choices))

    async def _carry(
        self, wish: _Wish[RequestT], listener: Listener, early: RawHeaders | None = None
    ) -> None:
        heed = _heeding(wish, early)
        openings = [
            self.relay.open(choice, account=wish.account, heed=heed) for choice in wish.choices
        ]
        shorteners = None
        if wish.bounds != NO_BOUNDS:
            shorteners = [Shortener(wish.bounds, choice) for choice in wish.choices]
            if not loaded():  # in a thread, or all other answers would wait for it
                await asyncio.to_thread(tokenizer)
        await carry(openings, shorteners, listener, self.options.max_choices)

    def _acceptance(self, wish: _Wish[RequestT], exchange: Exchange) -> Accept:
        def accept(calls: list[Call]) -> tuple[RawHeaders, ReplyHead]:
            first = calls[0]
            exchange.account = first.account
            exchange.model = first.stream.model
            return self._headers(first, wish), self._head(wish, first.stream.model)

        return accept

    def _headers(self, call: Call, wish: _Wish[RequestT]) -> RawHeaders:
        stream = call.stream
        limits = call.limits.ratelimit_headers(self.options.now())
        return [
            *name_list(b"x-codex2api-account", (call.account,)),
            *name_list(b"openai-model", (stream.served_model or stream.model,)),
            *_fate_headers(wish.parsed.survey, stream.adjusted, stream.dropped),
            *((name.encode(), value.encode()) for name, value in limits.items()),
        ]

    def _head(self, wish: _Wish[RequestT], model: str) -> ReplyHead:
        stored = wish.recalled is not None and wish.recalled.stored
        now = int(self.options.now())
        return ReplyHead(wish.answer_id, now, model, stored, wish.reasoning)


def _too_many(choices: int, most: int) -> ApiError:
    return ApiError(
        Kind.BAD_REQUEST,
        f"This asks for {choices} answers; this server gives at most {most} "
        "(setting codex.maxChoices).",
        param="n",
        code="invalid_value",
    )


def _heeding(wish: _Wish[RequestT], early: RawHeaders | None) -> Heed | None:
    """Keep to strict mode before anything is sent, and early headers up to date."""
    if early is None and not wish.strict:
        return None

    def heed(fit: Fit) -> None:
        forbid(fit.dropped, wish.strict)
        if early is not None:
            early[:] = _fate_headers(wish.parsed.survey, fit.adjusted, fit.dropped)

    return heed


def _fate_headers(
    survey: Survey, adjusted: tuple[str, ...] = (), dropped: tuple[str, ...] = ()
) -> RawHeaders:
    return [
        *name_list(b"x-codex2api-adjusted", survey.adjusted + adjusted),
        *name_list(b"x-codex2api-dropped", survey.dropped + dropped),
        *name_list(b"x-codex2api-emulated", survey.emulated),
    ]
