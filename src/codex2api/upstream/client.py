"""The only code that asks the backend for an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from types import TracebackType

from codex2api.accounts.account import Credential
from codex2api.accounts.limits import NO_LIMITS, RateLimits
from codex2api.catalog.models import Catalog, ModelSpec, Resolved
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import ErrorSeen, Failed
from codex2api.protocol.json import encode
from codex2api.protocol.rehearsed import Rehearsed
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Fit, Heed, UpstreamStream
from codex2api.upstream import failures
from codex2api.upstream.backend import Backend
from codex2api.upstream.broken import PassingError
from codex2api.upstream.failures import Circumstances
from codex2api.upstream.headers import masked, streaming
from codex2api.upstream.models import LiveModels
from codex2api.upstream.prepare import Prepared, Rules, prepare
from codex2api.upstream.reader import LONGEST_ANSWER, EventReader
from codex2api.upstream.shapes import Shape, ShapeMemory, is_refusal
from codex2api.upstream.transport import HttpResponse

_About = Callable[..., Circumstances]

_PATH = "/codex/responses"

_REFUSALS = {Kind.BAD_REQUEST, Kind.MODEL_NOT_FOUND, Kind.NOT_FOUND}


class CodexUpstream:
    """Carries a request to the backend and its events back (the relay's ``Upstream``).

    Args:
        backend: Where and as whom.
        models: The live model list.
        rules: What the operator has decided.
        idle_timeout: Seconds between two events.
        shape: Forces a request form; ``None`` lets the catalogue decide.
        pauses: Seconds before each further try, as long as nothing of an answer has been seen.
        longest: Bytes that an answer may have.
        note: Takes down the bodies that are sent, for operators who ask for that.
    """

    def __init__(
        self,
        backend: Backend,
        models: LiveModels,
        *,
        rules: Rules,
        idle_timeout: float = 300.0,
        shape: Shape | None = None,
        pauses: Sequence[float] = (0.2, 0.5),
        longest: int = LONGEST_ANSWER,
        note: Callable[[str, bytes], None] | None = None,
    ) -> None:
        self._backend = backend
        self._models = models
        self._rules = rules
        self._idle_timeout = idle_timeout
        self._shape = shape
        self._pauses = pauses
        self._longest = longest
        self._note = note
        self._memory = ShapeMemory()

    def stream(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None = None
    ) -> "_Streaming":
        """Send a request; leaving the block before the end closes the connection at once.

        ``heed`` hears of its fit before it is sent, each time that it is sent.

        Raises:
            ApiError: On entering, for every failure of HTTP.
        """
        return _Streaming(partial(self._open, request, credential, heed))

    async def rehearse(self, request: ResponsesRequest, credential: Credential) -> Rehearsed:
        """The call as it would be made; nothing is asked of a model.

        Raises:
            ApiError: It makes no sense for this account.
        """
        catalog = await self._models.catalog(credential)
        resolved = catalog.resolve(request.model)
        shape = self._first_shape(resolved.spec, request, catalog)
        prepared = prepare(request, resolved, self._rules, shape)
        headers = streaming(prepared.cache_key, shape is Shape.LITE)
        return Rehearsed(
            url=self._backend.address(_PATH),
            headers=masked(self._backend.signed(credential, headers)),
            body=prepared.body,
            model=prepared.slug,
            known=resolved.spec.known,
            effort=prepared.effort,
            form=shape.value,
            adjusted=prepared.adjusted,
            dropped=prepared.dropped,
        )

    async def _open(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None
    ) -> tuple[UpstreamStream, EventReader]:
        catalog = await self._models.catalog(credential)
        about = partial(self._circumstances, request, credential, catalog)
        prepared, response = await self._accepted(request, credential, catalog, about, heed)
        headers = response.headers
        self._models.notice(credential, headers.get("x-models-etag"))
        reader = self._reader(response, prepared, headers, about)
        stream = UpstreamStream(
            model=prepared.slug,
            batches=reader,
            served_model=headers.get("openai-model"),
            effort=prepared.effort,
            adjusted=prepared.adjusted,
            dropped=prepared.dropped,
            headers=headers,
            limits_seen=reader.limits_seen,
        )
        return stream, reader

    def _reader(
        self,
        response: HttpResponse,
        prepared: Prepared,
        headers: Mapping[str, str],
        about: _About,
    ) -> EventReader:
        def failure(event: Failed | ErrorSeen, limits: RateLimits) -> ApiError:
            return failures.from_event(event, headers, about(limits))

        return EventReader(
            response,
            restorer=prepared.restorer,
            idle_timeout=self._idle_timeout,
            failure=failure,
            now=self._backend.now,
            longest=self._longest,
        )

    def _circumstances(
        self,
        request: ResponsesRequest,
        credential: Credential,
        catalog: Catalog,
        limits: RateLimits = NO_LIMITS,
    ) -> Circumstances:
        now, secrets = self._backend.now(), _secrets(credential)
        return Circumstances(now, request.model, catalog, limits, secrets)

    async def _accepted(
        self,
        request: ResponsesRequest,
        credential: Credential,
        catalog: Catalog,
        about: _About,
        heed: Heed | None,
    ) -> tuple[Prepared, HttpResponse]:
        """The call in the form that the backend takes; the other one is tried once."""
        resolved = catalog.resolve(request.model)
        shape = self._first_shape(resolved.spec, request, catalog)
        prepared = self._prepared(request, resolved, shape, heed)
        try:
            return prepared, await self._patiently(prepared, credential, about)
        except ApiError as error:
            if self._shape is not None or not is_refusal(error, shape, resolved.spec):
                raise
            first = error
        prepared = self._prepared(request, resolved, shape.other, heed)
        try:
            response = await self._once(prepared, credential, about)
        except ApiError as second:
            # The form was not the reason: what the first answer said is the better explanation.
            raise (first if second.kind in _REFUSALS else second) from None
        self._memory.learn(resolved.spec, request, catalog.etag, shape.other)
        return prepared, response

    def _prepared(
        self, request: ResponsesRequest, resolved: Resolved, shape: Shape, heed: Heed | None
    ) -> Prepared:
        prepared = prepare(request, resolved, self._rules, shape)
        if heed is not None:
            heed(Fit(prepared.adjusted, prepared.dropped))
        return prepared

    def _first_shape(self, spec: ModelSpec, request: ResponsesRequest, catalog: Catalog) -> Shape:
        return self._shape or self._memory.choose(spec, request, catalog.etag)

    async def _patiently(
        self, prepared: Prepared, credential: Credential, about: _About
    ) -> HttpResponse:
        for pause in self._pauses:
            try:
                return await self._once(prepared, credential, about)
            except PassingError:
                await asyncio.sleep(pause)
        return await self._once(prepared, credential, about)

    async def _once(
        self, prepared: Prepared, credential: Credential, about: _About
    ) -> HttpResponse:
        body = encode(prepared.body)
        if self._note is not None:
            self._note("upstream.request", body)
        response = await self._backend.send(
            "POST",
            _PATH,
            credential,
            streaming(prepared.cache_key, prepared.shape is Shape.LITE),
            body,
        )
        if response.status != 200:
            raise await self._refused(response, about)
        if not _is_event_stream(response):
            response.close()
            raise ApiError(
                Kind.UPSTREAM_UNAVAILABLE, "ChatGPT answered with something else than events."
            )
        return response

    async def _refused(self, response: HttpResponse, about: _About) -> ApiError:
        status, headers, body = await self._backend.refusal(response)
        error = failures.from_answer(status, headers, body, about())
        if error.kind is Kind.UPSTREAM_UNAVAILABLE and status >= 500:
            return PassingError(error.kind, error.message)
        return error


class _Streaming:
    """An accepted call for the length of an ``async with`` block.

    A class, because a generator made into a context manager costs three times as much.

    Args:
        opening: Sends the request; awaited on entering.
    """

    def __init__(
        self, opening: Callable[[], Awaitable[tuple[UpstreamStream, EventReader]]]
    ) -> None:
        self._opening = opening
        self._reader: EventReader

    async def __aenter__(self) -> UpstreamStream:
        stream, self._reader = await self._opening()
        return stream

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._reader.close()


def _is_event_stream(response: HttpResponse) -> bool:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return False
    kind = response.headers.get("content-type", "text/event-stream")
    return kind.lower().startswith("text/event-stream")


def _secrets(credential: Credential) -> tuple[str, ...]:
    return (credential.access_token, credential.account_id)
