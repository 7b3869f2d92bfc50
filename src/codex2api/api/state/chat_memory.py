"""The memory of ``/v1/chat/completions``: ``store`` keeps an answer for later retrieval."""

from collections.abc import Sequence
from dataclasses import dataclass

from codex2api.api.state.opening import OpenStores
from codex2api.callers import Caller
from codex2api.conversations import StoredCompletion
from codex2api.dialects.base import ReplyHead, StreamTranslator
from codex2api.dialects.chat.answer import ChatCompletion
from codex2api.dialects.chat.reply import reply as whole
from codex2api.dialects.chat.schema import ChatRequest
from codex2api.dialects.metadata import check_metadata
from codex2api.dialects.openai_error import openai_error
from codex2api.errors import ApiError
from codex2api.protocol.events import Batch, Response
from codex2api.protocol.fold import Fold
from codex2api.protocol.json import encode
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.sse import Frame


@dataclass(frozen=True, slots=True)
class ChatMemory:
    """A ``Memory``.

    Attributes:
        stores: Where it is kept.
    """

    stores: OpenStores

    async def recall(self, caller: Caller, request: ChatRequest) -> "RecalledChat | None":
        """What is to be remembered of a request; ``None`` where nothing is.

        Raises:
            ApiError: Its metadata are too long.
        """
        if not request.store:
            return None
        check_metadata(request.metadata)
        return RecalledChat(request, caller.id, self.stores)


@dataclass(slots=True)
class RecalledChat:
    """A ``Recalled`` request; nothing is put back, for the chat API has no such wish."""

    request: ChatRequest
    owner: str
    stores: OpenStores
    background: None = None
    stored: bool = True
    _gathering: "_Gathering | None" = None

    def put_back(self, choices: Sequence[ResponsesRequest]) -> Sequence[ResponsesRequest]:
        """The upstream requests as they are."""
        return choices

    def attend(self, translator: StreamTranslator, head: ReplyHead) -> StreamTranslator:
        """A translator that gathers the answer beside."""
        self._gathering = _Gathering(translator, head)
        return self._gathering

    async def keep_reply(self, reply: ChatCompletion) -> ChatCompletion:
        """Keep a whole answer; it is sent as it is."""
        completion = StoredCompletion(
            id=reply.id,
            owner=self.owner,
            created=reply.created,
            model=reply.model,
            metadata=self.request.metadata or {},
            body=encode(reply),
            messages=encode(_messages(self.request)),
        )
        await (await self.stores()).completions.add(completion)
        return reply

    async def keep_ending(self, frames: list[Frame]) -> list[Frame]:
        """Keep a streamed answer, unless it failed; if it cannot be kept, the caller is told."""
        gathered = self._gathering
        if gathered is None or gathered.failed:
            return frames
        try:
            await self.keep_reply(whole(self.request, gathered.head, gathered.responses()))
        except ApiError as error:
            return [*frames[:-1], Frame(openai_error(error))]  # in the place of [DONE]
        return frames


class _Gathering:
    """A ``StreamTranslator`` that also folds what it hears."""

    def __init__(self, translator: StreamTranslator, head: ReplyHead) -> None:
        self._translator = translator
        self.head = head
        self.failed = False
        self._gathered: dict[int, Fold] = {}

    def feed(self, batch: Batch, choice: int = 0, /) -> list[Frame]:
        """Frames of the translator."""
        self._gathered.setdefault(choice, Fold()).hear(batch)
        return self._translator.feed(batch, choice)

    def close(self) -> list[Frame]:
        """Frames of the translator."""
        return self._translator.close()

    def fail(self, error: ApiError) -> list[Frame]:
        """Frames of the translator."""
        self.failed = True
        return self._translator.fail(error)

    def responses(self) -> list[Response]:
        """What was heard of each choice."""
        return [self._gathered[choice].close() for choice in sorted(self._gathered)]


def _messages(request: ChatRequest) -> object:
    if request.messages is not None:
        return request.messages
    given = request.input
    return [{"role": "user", "content": given}] if isinstance(given, str) else given
