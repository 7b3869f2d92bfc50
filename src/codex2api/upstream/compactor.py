"""Has the backend compact a conversation: one whole answer that replaces the history."""

from codex2api.accounts.account import Credential
from codex2api.protocol.errand import Answered
from codex2api.protocol.json import encode
from codex2api.protocol.request import ResponsesRequest
from codex2api.upstream import failures
from codex2api.upstream.backend import Backend
from codex2api.upstream.failures import Circumstances
from codex2api.upstream.headers import streaming
from codex2api.upstream.models import LiveModels
from codex2api.upstream.prepare import Prepared, Rules, prepare
from codex2api.upstream.shapes import Shape

_FIELDS = (
    "model",
    "input",
    "instructions",
    "tools",
    "parallel_tool_calls",
    "reasoning",
    "service_tier",
    "prompt_cache_key",
    "text",
)
"""What this route takes (protocol sheet, section 7): neither ``store`` nor ``stream``."""

_LONGEST_ANSWER = 32 * 1024 * 1024

_BODY_TIME = 60.0


class CodexCompactor:
    """A ``Courier`` for conversations.

    Args:
        backend: Where and as whom.
        models: The live model list.
        rules: What the operator has decided.
        patience: Seconds until the answer begins; the model reads and writes everything first.
        shape: Forces a request form; ``None`` lets the catalogue decide.
    """

    def __init__(
        self,
        backend: Backend,
        models: LiveModels,
        *,
        rules: Rules,
        patience: float,
        shape: Shape | None = None,
    ) -> None:
        self._backend = backend
        self._models = models
        self._rules = rules
        self._patience = patience
        self._shape = shape

    async def carry(self, conversation: ResponsesRequest, credential: Credential) -> Answered:
        """The compacted conversation.

        Raises:
            ApiError: For every failure.
        """
        catalog = await self._models.catalog(credential)
        resolved = catalog.resolve(conversation.model)
        shape = self._shape or (Shape.LITE if resolved.spec.lite else Shape.CLASSIC)
        prepared = prepare(conversation, resolved, self._rules, shape)
        response = await self._backend.send(
            "POST",
            "/codex/responses/compact",
            credential,
            _headers(prepared),
            encode(_body(prepared)),
            self._patience,
        )
        secrets = (credential.access_token, credential.account_id)
        if response.status != 200:
            status, headers, body = await self._backend.refusal(response)
            about = Circumstances(self._backend.now(), conversation.model, catalog, secrets=secrets)
            raise failures.from_answer(status, headers, body, about)
        answer = await self._backend.whole(response, _LONGEST_ANSWER, _BODY_TIME)
        self._models.notice(credential, answer.headers.get("x-models-etag"))
        return Answered(
            answer.headers, answer.body, prepared.slug, prepared.adjusted, prepared.dropped
        )


def _headers(prepared: Prepared) -> dict[str, str]:
    lite = prepared.shape is Shape.LITE
    return streaming(prepared.cache_key, lite) | {"Accept": "application/json"}


def _body(prepared: Prepared) -> dict[str, object]:
    body = {name: prepared.body[name] for name in _FIELDS if name in prepared.body}
    return {"parallel_tool_calls": False} | body
