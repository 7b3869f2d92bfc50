"""The one use case: carry a request to an account that can serve it, and its events back."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from codex2api.accounts.account import Credential
from codex2api.protocol.events import Batch
from codex2api.protocol.request import ResponsesRequest


@dataclass(frozen=True, slots=True)
class UpstreamStream:
    """An accepted call: what is known before its first event, and its events.

    Attributes:
        model: The slug that was asked of the backend, after aliases.
        batches: Events, batch by batch, until the terminal event. Iterating raises ``ApiError``
            for every failure: a refusal inside HTTP 200, a cut, silence beyond the idle limit.
            ``Failed`` and ``ErrorSeen`` therefore never come out of it.
        served_model: What the backend says it really served (``openai-model``), if it says.
        adjusted: Wishes that were moved to what the model offers: ``effort:minimal->low``.
        dropped: Wishes that this model cannot honour: ``service_tier``.
        headers: Response headers of the backend, names lower-cased, for reading limits.
    """

    model: str
    batches: AsyncIterator[Batch]
    served_model: str | None = None
    adjusted: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class Upstream(Protocol):
    """The codex backend, as the relay needs it."""

    def stream(
        self, request: ResponsesRequest, credential: Credential
    ) -> AbstractAsyncContextManager[UpstreamStream]:
        """Send a request; leaving the block before the end closes the connection at once.

        Raises:
            ApiError: On entering, for every failure of HTTP. ``SIGN_IN_REQUIRED`` means that the
                backend refused this access token (401): it may be worth a refresh.
        """
