"""What an endpoint asks of memory: to put back what was said before, and to keep what is said.

An endpoint without a memory, and a request that needs none, pay nothing for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from codex2api.api.state.background import EventLog
from codex2api.callers import Caller
from codex2api.dialects.base import ClientRequest, ReplyHead, RequestT, StreamTranslator
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.sse import Frame

RecalledT_co = TypeVar("RecalledT_co", bound=ClientRequest, covariant=True)


@dataclass(frozen=True, slots=True)
class Begun:
    """An answer in the background.

    Attributes:
        name: By which the caller asks for it.
        reply: What to send at once.
        log: Where its events go.
    """

    name: str
    reply: Any
    log: EventLog


class Deferral(Protocol):
    """A request that is answered in the background."""

    async def begin(self, head: ReplyHead) -> Begun:
        """Keep that it is going to be answered.

        Raises:
            ApiError: It could not be kept, and so nobody could ever see the answer.
        """

    async def keep_ending(self, frames: list[Frame]) -> list[Frame]:
        """As ``Recalled.keep_ending``."""


class Recalled(Protocol[RecalledT_co]):
    """One request with what is remembered for it, and what is to be remembered of it."""

    @property
    def request(self) -> RecalledT_co:
        """The request, with stored items in the place of references."""

    @property
    def stored(self) -> bool:
        """Whether the answer is going to be kept."""

    @property
    def background(self) -> Deferral | None:
        """How it is put off, if the caller wants to come back for the answer."""

    def put_back(self, choices: Sequence[ResponsesRequest]) -> Sequence[ResponsesRequest]:
        """The upstream requests, with what was said before."""

    def attend(self, translator: StreamTranslator, head: ReplyHead) -> StreamTranslator:
        """The translator to use, so that the whole answer is known at the end of its stream."""

    async def keep_reply(self, reply: Any) -> Any:
        """Keep a whole answer; returns what to send. Awaited before the first byte is sent."""

    async def keep_ending(self, frames: list[Frame]) -> list[Frame]:
        """Keep a streamed answer, by its last frames; returns what to send in their place."""


class Memory(Protocol[RequestT]):
    """The memory of one dialect."""

    async def recall(self, caller: Caller, request: RequestT, /) -> Recalled[RequestT] | None:
        """What is remembered for a request; ``None`` where nothing is, and nothing will be.

        Raises:
            ApiError: The request names something that is not there.
        """
