"""Carries errands to the backend: images and transcripts, each one whole answer."""

import asyncio
from collections.abc import Sequence

from codex2api.accounts.account import Credential
from codex2api.catalog.models import Catalog
from codex2api.protocol.errand import Answered, Errand
from codex2api.upstream import failures
from codex2api.upstream.backend import Backend
from codex2api.upstream.broken import PassingError
from codex2api.upstream.failures import Circumstances
from codex2api.upstream.transport import HttpResponse

_LONGEST_ANSWER = 96 * 1024 * 1024
"""Bytes: several times the largest image that the backend makes, in base64."""

_BODY_TIME = 60.0


class CodexCourier:
    """The errands' ``Courier``.

    Args:
        backend: Where and as whom.
        patience: Seconds until an answer begins; an image takes the better part of a minute.
        pauses: Seconds before each further try when the connection failed. An answer that says
            no, also a 5xx, is not asked for again: what is made here costs the plan dearly.
    """

    def __init__(
        self, backend: Backend, *, patience: float, pauses: Sequence[float] = (0.2, 0.5)
    ) -> None:
        self._backend = backend
        self._patience = patience
        self._pauses = pauses

    async def carry(self, errand: Errand, credential: Credential) -> Answered:
        """The answer of an errand that succeeded.

        Raises:
            ApiError: For every failure.
        """
        response = await self._patiently(errand, credential)
        if response.status != 200:
            status, headers, body = await self._backend.refusal(response)
            raise failures.from_answer(status, headers, body, self._about(errand, credential))
        answer = await self._backend.whole(response, _LONGEST_ANSWER, _BODY_TIME)
        return Answered(answer.headers, answer.body)

    async def _patiently(self, errand: Errand, credential: Credential) -> HttpResponse:
        for pause in self._pauses:
            try:
                return await self._once(errand, credential)
            except PassingError:
                await asyncio.sleep(pause)
        return await self._once(errand, credential)

    async def _once(self, errand: Errand, credential: Credential) -> HttpResponse:
        headers = {"Accept": "application/json", "Content-Type": errand.media}
        return await self._backend.send(
            "POST", errand.path, credential, headers, errand.body, self._patience
        )

    def _about(self, errand: Errand, credential: Credential) -> Circumstances:
        # No catalogue: its models are others than the ones that make images.
        secrets = (credential.access_token, credential.account_id)
        return Circumstances(self._backend.now(), errand.model, Catalog(()), secrets=secrets)
