"""An accepted upstream call, as a value that the upstream makes and the relay reads."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import TypeAlias

from msgspec import Struct, field

from codex2api.protocol.events import Batch, RateLimitsSeen


class Sighting(Struct, frozen=True):
    """What was said of limits in the middle of an answer.

    Attributes:
        at: Unix seconds.
    """

    event: RateLimitsSeen
    at: float


def nothing_seen() -> None:
    """Nothing was said of limits."""


class UpstreamStream(Struct, frozen=True):
    """An accepted call: what is known before its first event, and its events.

    Attributes:
        model: The slug that was asked of the backend, after aliases.
        batches: Events, batch by batch, until the terminal event. Iterating raises ``ApiError``
            for every failure: a refusal inside HTTP 200, a cut, silence beyond the idle limit.
            ``Failed`` and ``ErrorSeen`` therefore never come out of it.
        served_model: What the backend says it really served (``openai-model``), if it says.
        effort: Of reasoning, as it was asked of the backend.
        adjusted: Wishes that were moved to what the model offers: ``effort:minimal->low``.
        dropped: Wishes that this model cannot honour: ``service_tier``.
        headers: Response headers of the backend, names lower-cased, for reading limits.
        limits_seen: What the events that were read so far said last of limits.
    """

    model: str
    batches: AsyncIterator[Batch]
    served_model: str | None = None
    effort: str | None = None
    adjusted: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    limits_seen: Callable[[], Sighting | None] = nothing_seen


class Fit(Struct, frozen=True):
    """How a request fits the backend, known before it is sent; fields as in ``UpstreamStream``."""

    adjusted: tuple[str, ...]
    dropped: tuple[str, ...]


Heed: TypeAlias = Callable[[Fit], None]
"""Hears of the fit; it may raise ``ApiError`` to forbid that the request is sent at all."""
