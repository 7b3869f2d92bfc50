"""What listens to an answer's events: for callers who stream, and for those who do not."""

from collections.abc import Callable
from typing import TypeAlias

from codex2api.api.streaming import EventSink, RawHeaders
from codex2api.dialects.base import ReplyHead, StreamTranslator
from codex2api.errors import ApiError
from codex2api.protocol.events import Batch, Ending, Response
from codex2api.protocol.fold import Fold
from codex2api.protocol.sse import Frame, encode
from codex2api.protocol.usage import Usage
from codex2api.relay import Call

Accept: TypeAlias = Callable[[list[Call]], tuple[RawHeaders, ReplyHead]]
"""Takes down that calls are served; may refuse them all the same, with an ``ApiError``."""

Spent: TypeAlias = Callable[[Usage | None], None]
"""Takes down what a choice cost, when it has ended."""


class WholeAnswer:
    """Gathers an answer.

    Args:
        accept: Gives the headers and the head of the reply.
        spent: Hears what each choice cost.
        choices: How many there will be.
    """

    def __init__(self, accept: Accept, spent: Spent, choices: int) -> None:
        self._accept = accept
        self._spent = spent
        self._gathered = [Fold() for _ in range(choices)]
        self.headers: RawHeaders
        self.head: ReplyHead

    async def begin(self, calls: list[Call]) -> None:
        """All calls are accepted."""
        self.headers, self.head = self._accept(calls)

    async def hear(self, choice: int, batch: Batch) -> None:
        """Events of one choice."""
        self._gathered[choice].hear(batch)
        if isinstance(batch[-1], Ending):
            self._spent(batch[-1].response.usage)

    def responses(self) -> list[Response]:
        """The whole of each choice.

        Raises:
            ApiError: One was cut before its terminal event.
        """
        return [gathered.close() for gathered in self._gathered]


class StreamedAnswer:
    """Passes an answer on, frame by frame.

    Args:
        accept: Gives the headers and the head of the reply.
        spent: Hears what each choice cost.
        translator: Makes what turns events into frames.
        sink: Where they go.
        choices: How many there will be.
    """

    def __init__(
        self,
        accept: Accept,
        spent: Spent,
        translator: Callable[[ReplyHead], StreamTranslator],
        sink: EventSink,
        choices: int,
    ) -> None:
        self._accept = accept
        self._spent = spent
        self._make = translator
        self._sink = sink
        self._left = choices
        self._held: list[Frame] = []
        self._begun = False
        self._translator: StreamTranslator

    async def begin(self, calls: list[Call]) -> None:
        """All calls are accepted."""
        headers, head = self._accept(calls)
        self._translator = self._make(head)
        self._begun = True
        await self._sink.start(headers)

    async def hear(self, choice: int, batch: Batch) -> None:
        """Events of one choice; the very last ones go out in one write with the ending."""
        frames = self._translator.feed(batch, choice)
        if isinstance(batch[-1], Ending):
            self._spent(batch[-1].response.usage)
            self._left -= 1
            if self._left == 0:
                self._held = frames
                return
        if frames:
            await self._sink.write(encode(frames))

    def ending(self) -> list[Frame]:
        """The last frames.

        Raises:
            ApiError: A choice was cut before its terminal event.
        """
        return self._held + self._translator.close()

    def failure(self, error: ApiError, head: ReplyHead) -> list[Frame]:
        """The last frames of an answer that failed; ``head`` in case that it had not begun."""
        translator = self._translator if self._begun else self._make(head)
        return translator.fail(error)
