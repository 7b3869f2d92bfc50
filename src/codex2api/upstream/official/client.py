"""The only code that asks the public API for an answer."""

from collections.abc import Callable
from functools import partial

from codex2api.accounts.account import Credential
from codex2api.protocol.rehearsed import Rehearsed
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Fit, Heed
from codex2api.upstream.backend import Backend
from codex2api.upstream.carrier import Carrier, Opened, Streaming
from codex2api.upstream.headers import masked
from codex2api.upstream.models import LiveModels
from codex2api.upstream.official import failures
from codex2api.upstream.official.headers import streaming
from codex2api.upstream.official.prepare import prepare
from codex2api.upstream.prepare import Rules
from codex2api.upstream.reader import LONGEST_ANSWER

_PATH = "/responses"


class OfficialUpstream:
    """Carries a request to the public API and its events back.

    Args:
        backend: Where and as whom.
        models: The live model list.
        rules: What the operator has decided.
        idle_timeout: Seconds between two events.
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
        longest: int = LONGEST_ANSWER,
        note: Callable[[str, bytes], None] | None = None,
    ) -> None:
        self._backend = backend
        self._models = models
        self._rules = rules
        self._carrier = Carrier(
            backend,
            _PATH,
            failures.from_answer,
            failures.from_event,
            idle_timeout,
            longest,
            note,
        )

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
    ) -> Opened:
        catalog = await self._models.catalog(credential)
        about = self._carrier.about(request, credential, catalog)
        prepared = prepare(request, catalog.resolve(request.model), self._rules)
        if heed is not None:
            heed(Fit(prepared.adjusted, prepared.dropped))
        headers = streaming(prepared.cache_key)
        response = await self._carrier.patiently(prepared.body, headers, credential, about)
        return self._carrier.opened(prepared, response, about)
