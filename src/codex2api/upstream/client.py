"""The only code that asks the backend for an answer."""

from collections.abc import Callable, Mapping
from functools import partial

from codex2api.accounts.account import Credential
from codex2api.catalog.models import Catalog, ModelSpec, Resolved
from codex2api.errors import ApiError, Kind
from codex2api.protocol.rehearsed import Rehearsed
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Fit, Heed
from codex2api.upstream import failures
from codex2api.upstream.backend import Backend
from codex2api.upstream.broken import PassingError
from codex2api.upstream.carrier import About, Carrier, Opened, Streaming
from codex2api.upstream.failures import Circumstances
from codex2api.upstream.headers import masked, streaming
from codex2api.upstream.models import LiveModels
from codex2api.upstream.prepare import Prepared, Rules, prepare
from codex2api.upstream.reader import LONGEST_ANSWER
from codex2api.upstream.shapes import Shape, ShapeMemory, is_refusal
from codex2api.upstream.transport import HttpResponse

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
        longest: int = LONGEST_ANSWER,
        note: Callable[[str, bytes], None] | None = None,
    ) -> None:
        self._backend = backend
        self._models = models
        self._rules = rules
        self._shape = shape
        self._carrier = Carrier(
            backend,
            _PATH,
            _from_answer,
            failures.from_event,
            idle_timeout,
            longest,
            note,
        )
        self._memory = ShapeMemory()

    def stream(
        self, request: ResponsesRequest, credential: Credential, heed: Heed | None = None
    ) -> Streaming:
        """Send a request; leaving the block before the end closes the connection at once.

        ``heed`` hears of its fit before it is sent, each time that it is sent.

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
        shape = self._first_shape(resolved.spec, request, catalog)
        prepared = prepare(request, resolved, self._rules, shape)
        headers = _headers(prepared)
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
    ) -> Opened:
        catalog = await self._models.catalog(credential)
        about = self._carrier.about(request, credential, catalog)
        prepared, response = await self._accepted(request, credential, catalog, about, heed)
        self._models.notice(credential, response.headers.get("x-models-etag"))
        return self._carrier.opened(prepared, response, about)

    async def _accepted(
        self,
        request: ResponsesRequest,
        credential: Credential,
        catalog: Catalog,
        about: About,
        heed: Heed | None,
    ) -> tuple[Prepared, HttpResponse]:
        """The call in the form that the backend takes; the other one is tried once."""
        resolved = catalog.resolve(request.model)
        shape = self._first_shape(resolved.spec, request, catalog)
        prepared = self._prepared(request, resolved, shape, heed)
        try:
            response = await self._carrier.patiently(
                prepared.body, _headers(prepared), credential, about
            )
        except ApiError as error:
            if self._shape is not None or not is_refusal(error, shape, resolved.spec):
                raise
            first = error
        else:
            return prepared, response
        prepared = self._prepared(request, resolved, shape.other, heed)
        try:
            response = await self._carrier.once(
                prepared.body, _headers(prepared), credential, about
            )
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


def _from_answer(
    status: int, headers: Mapping[str, str], body: bytes, about: Circumstances
) -> ApiError:
    """The error in a refusal; a broken backend is worth another try."""
    error = failures.from_answer(status, headers, body, about)
    if error.kind is Kind.UPSTREAM_UNAVAILABLE and status >= 500:
        return PassingError(error.kind, error.message)
    return error


def _headers(prepared: Prepared) -> dict[str, str]:
    return streaming(prepared.cache_key, prepared.shape is Shape.LITE)
