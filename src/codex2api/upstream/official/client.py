"""The only code that asks the public API for an answer."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from codex2api.accounts.account import Credential
from codex2api.accounts.limits import NO_LIMITS, RateLimits
from codex2api.catalog.models import Catalog
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import ErrorSeen, Failed
from codex2api.protocol.json import encode
from codex2api.protocol.rehearsed import Rehearsed
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Fit, Heed, UpstreamStream
from codex2api.upstream.backend import Backend
from codex2api.upstream.broken import PassingError
from codex2api.upstream.client import Streaming, is_event_stream, secrets_of
from codex2api.upstream.failures import Circumstances
from codex2api.upstream.headers import masked
from codex2api.upstream.models import LiveModels
from codex2api.upstream.official import failures
from codex2api.upstream.official.headers import streaming
from codex2api.upstream.official.prepare import prepare
from codex2api.upstream.prepare import Prepared, Rules
from codex2api.upstream.reader import LONGEST_ANSWER, EventReader
from codex2api.upstream.transport import HttpResponse

_About = Callable[..., Circumstances]

_PATH = "/responses"


class OfficialUpstream:
    """Carries a request to the public API and its events back.

    Args:
        backend: Where and as whom.
        models: The live model list.
        rules: What the operator has decided.
        idle_timeout: Seconds between two events.
        pauses: Seconds before each further try, where OpenAI says that one is worth it.
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
        pauses: Sequence[float] = (0.2, 0.5),
        longest: int = LONGEST_ANSWER,
        note: Callable[[str, bytes], None] | None = None,
    ) -> None:
        self._backend = backend
        self._models = models
        self._rules = rules
        self._idle_timeout = idle_timeout
        self._pauses = pauses
        self._longest = longest
        self._note = note

    def stream(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None = None
    ) -> Streaming:
        """Send a request; leaving the block before the end closes the connection at once.

        ``heed`` hears of its fit before it is sent.

        Raises:
            ApiError: On entering, for every failure of HTTP.
        """
        return Streaming(partial(self._open, request, credential, heed))

    async def rehearse(self, request: ResponsesRequest, credential: Credential) -> Rehearsed:
        """The call as it would be made; nothing is asked of a model.

        Raises:
            ApiError: It makes no sense for this account.
        """
        catalog = await self._models.catalog(credential)
        resolved = catalog.resolve(request.model)
        prepared = prepare(request, resolved, self._rules)
        headers = streaming(prepared.cache_key)
        return Rehearsed(
            url=self._backend.address(_PATH),
            headers=masked(self._backend.signed(credential, headers)),
            body=prepared.body,
            model=prepared.slug,
            known=resolved.spec.known,
            effort=prepared.effort,
            form=credential.kind.value,
            adjusted=prepared.adjusted,
            dropped=prepared.dropped,
        )

    async def _open(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None
    ) -> tuple[UpstreamStream, EventReader]:
        catalog = await self._models.catalog(credential)
        about = partial(self._circumstances, request, credential, catalog)
        prepared = prepare(request, catalog.resolve(request.model), self._rules)
        if heed is not None:
            heed(Fit(prepared.adjusted, prepared.dropped))
        response = await self._patiently(prepared, credential, about)
        reader = self._reader(response, prepared, about)
        stream = UpstreamStream(
            model=prepared.slug,
            batches=reader,
            served_model=response.headers.get("openai-model"),
            effort=prepared.effort,
            adjusted=prepared.adjusted,
            dropped=prepared.dropped,
            headers=response.headers,
            limits_seen=reader.limits_seen,
        )
        return stream, reader

    def _reader(self, response: HttpResponse, prepared: Prepared, about: _About) -> EventReader:
        headers: Mapping[str, str] = response.headers

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
        secrets = secrets_of(credential)
        return Circumstances(self._backend.now(), request.model, catalog, limits, secrets)

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
        headers = streaming(prepared.cache_key)
        response = await self._backend.send("POST", _PATH, credential, headers, body)
        if response.status != 200:
            status, said, refusal = await self._backend.refusal(response)
            raise failures.from_answer(status, said, refusal, about())
        if not is_event_stream(response):
            response.close()
            raise ApiError(
                Kind.UPSTREAM_UNAVAILABLE, "ChatGPT answered with something else than events."
            )
        return response
