"""How a request is carried to either backend and its events back; what they differ in is told."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, TypeAlias

from codex2api.accounts.account import Credential
from codex2api.accounts.limits import NO_LIMITS, RateLimits
from codex2api.catalog.models import Catalog
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import ErrorSeen, Failed
from codex2api.protocol.json import encode
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import UpstreamStream
from codex2api.upstream.backend import Backend
from codex2api.upstream.failures import Circumstances
from codex2api.upstream.prepare import Prepared
from codex2api.upstream.reader import LONGEST_ANSWER, EventReader
from codex2api.upstream.transport import HttpResponse

About: TypeAlias = Callable[..., Circumstances]
"""The circumstances of a call, by the limits that were seen on its way."""

Opened: TypeAlias = tuple[UpstreamStream, EventReader]

FromAnswer: TypeAlias = Callable[[int, Mapping[str, str], bytes, Circumstances], ApiError]
"""The error in an HTTP answer; a ``PassingError`` is worth another try."""

FromEvent: TypeAlias = Callable[[Failed | ErrorSeen, Mapping[str, str], Circumstances], ApiError]


@dataclass(frozen=True, slots=True)
class Carrier:
    """Sends requests and opens their streams.

    Attributes:
        backend: Where and as whom.
        path: What is asked.
        from_answer: Reads refusals.
        from_event: Reads failures inside a stream.
        idle_timeout: Seconds between two events.
        longest: Bytes that an answer may have.
        note: Takes down the bodies that are sent, for operators who ask for that.
    """

    backend: Backend
    path: str
    from_answer: FromAnswer
    from_event: FromEvent
    idle_timeout: float = 300.0
    longest: int = LONGEST_ANSWER
    note: Callable[[str, bytes], None] | None = None

    def about(self, request: ResponsesRequest, credential: Credential, catalog: Catalog) -> About:
        """What messages about a call may say, and what they must not."""
        return partial(self._circumstances, request, credential, catalog)

    def _circumstances(
        self,
        request: ResponsesRequest,
        credential: Credential,
        catalog: Catalog,
        limits: RateLimits = NO_LIMITS,
    ) -> Circumstances:
        secrets = (credential.access_token, credential.account_id)
        return Circumstances(self.backend.now(), request.model, catalog, limits, secrets)

    async def patiently(
        self, body: Any, headers: Mapping[str, str], credential: Credential, about: About
    ) -> HttpResponse:
        """An accepted call; what passes is tried again.

        Raises:
            ApiError: It was refused, or there was no answer.
        """
        return await self.backend.patiently(partial(self.once, body, headers, credential, about))

    async def once(
        self, body: Any, headers: Mapping[str, str], credential: Credential, about: About
    ) -> HttpResponse:
        """The same, tried once."""
        data = encode(body)
        if self.note is not None:
            self.note("upstream.request", data)
        response = await self.backend.send_once("POST", self.path, credential, headers, data)
        if response.status != 200:
            status, said, refusal = await self.backend.refusal(response)
            raise self.from_answer(status, said, refusal, about())
        if not _is_event_stream(response):
            response.close()
            raise ApiError(
                Kind.UPSTREAM_UNAVAILABLE, "ChatGPT answered with something else than events."
            )
        return response

    def opened(self, prepared: Prepared, response: HttpResponse, about: About) -> Opened:
        """The stream of an accepted call."""
        headers = response.headers

        def failure(event: Failed | ErrorSeen, limits: RateLimits) -> ApiError:
            return self.from_event(event, headers, about(limits))

        reader = EventReader(
            response,
            restorer=prepared.restorer,
            idle_timeout=self.idle_timeout,
            failure=failure,
            now=self.backend.now,
            longest=self.longest,
        )
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


class Streaming:
    """An accepted call for the length of an ``async with`` block.

    A class, because a generator made into a context manager costs three times as much.

    Args:
        opening: Sends the request; awaited on entering.
    """

    def __init__(self, opening: Callable[[], Awaitable[Opened]]) -> None:
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
    """Whether an accepted answer is a stream; one without a type counts as such."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return False
    kind = response.headers.get("content-type", "text/event-stream")
    return kind.lower().startswith("text/event-stream")
