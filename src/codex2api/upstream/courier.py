"""Carries errands to the backend: images and transcripts, each one whole answer."""

from codex2api.accounts.account import Credential
from codex2api.catalog.models import Catalog
from codex2api.protocol.errand import Answered, Errand
from codex2api.upstream import failures
from codex2api.upstream.backend import Backend
from codex2api.upstream.failures import Circumstances

_LONGEST_ANSWER = 96 * 1024 * 1024
"""Bytes: several times the largest image that the backend makes, in base64."""

_BODY_TIME = 60.0


class CodexCourier:
    """The errands' ``Courier``.

    Args:
        backend: Where and as whom.
        patience: Seconds until an answer begins; an image takes the better part of a minute.
    """

    def __init__(self, backend: Backend, *, patience: float) -> None:
        self._backend = backend
        self._patience = patience

    async def carry(self, errand: Errand, credential: Credential) -> Answered:
        """The answer of an errand that succeeded.

        Raises:
            ApiError: For every failure.
        """
        response = await self._backend.send(
            "POST",
            errand.path,
            credential,
            {"Accept": "application/json", "Content-Type": errand.media},
            errand.body,
            self._patience,
        )
        if response.status != 200:
            status, headers, body = await self._backend.refusal(response)
            raise failures.from_answer(status, headers, body, self._about(errand, credential))
        answer = await self._backend.whole(response, _LONGEST_ANSWER, _BODY_TIME)
        return Answered(answer.headers, answer.body)

    def _about(self, errand: Errand, credential: Credential) -> Circumstances:
        # No catalogue: its models are others than the ones that make images.
        secrets = (credential.access_token, credential.account_id)
        return Circumstances(self._backend.now(), errand.model, Catalog(()), secrets=secrets)
