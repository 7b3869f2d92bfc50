"""What callers asked us to remember: the values, and the stores that keep them. Pure.

Bodies and items are JSON text as it goes over the wire: they are encoded once and only ever read
back whole. What one key made, no other key sees; the owner sees everything.
"""

from collections.abc import Callable, Mapping, Sequence, Set as AbstractSet
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from itertools import dropwhile
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from codex2api.errors import ApiError, Kind
from codex2api.protocol import json


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks for something remembered.

    Attributes:
        owner: Whose objects they see.
        sees_all: Whether they see everybody's besides.
    """

    owner: str
    sees_all: bool = False


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response.

    Attributes:
        created: Unix seconds.
        input: The items of this turn's own input, as a JSON list.
        body: The public response object; its ``output`` are the items of the answer.
        output_ids: Names of those items, by which later requests may refer to them.
        runner: The process that is working on it; ``None`` when it is finished.
        events: The log of a background response's events; ``None`` unless it is finished.
    """

    id: str
    owner: str
    created: int
    status: str
    input: bytes
    body: bytes
    previous_id: str | None = None
    conversation_id: str | None = None
    output_ids: tuple[str, ...] = ()
    runner: str | None = None
    events: bytes | None = None


def interrupted(response: StoredResponse) -> StoredResponse:
    """A response that its process could not finish, as failed."""
    error = {"code": "server_error", "message": "The server was stopped while it was answering."}
    return _ended(response, {"status": "failed", "error": error})


def cancelled(response: StoredResponse) -> StoredResponse:
    """A response that its caller wants no more."""
    return _ended(response, {"status": "cancelled"})


def _ended(response: StoredResponse, changes: Mapping[str, object]) -> StoredResponse:
    body = json.encode(json.decode(response.body) | changes)
    return replace(response, status=str(changes["status"]), body=body, runner=None)


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation, without its items."""

    id: str
    owner: str
    created: int
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One item of a conversation, as JSON."""

    id: str
    item: bytes


@dataclass(frozen=True, slots=True)
class StoredCompletion:
    """A chat completion.

    Attributes:
        body: The public object, without its ``metadata``.
        messages: The request's messages, as a JSON list.
    """

    id: str
    owner: str
    created: int
    model: str
    metadata: Mapping[str, str]
    body: bytes
    messages: bytes


RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted.

    Attributes:
        after: Name of the last object that the caller has seen.
    """

    limit: int
    after: str | None = None
    descending: bool = False

    def cut(self, rows: Sequence[RowT], name: Callable[[RowT], str]) -> "Slice[RowT]":
        """The part of a list that is at hand.

        Raises:
            ApiError: The list lacks the name.
        """
        ordered = list(reversed(rows)) if self.descending else list(rows)
        if self.after is not None:
            rest = list(dropwhile(lambda row: name(row) != self.after, ordered))
            if not rest:
                raise self.lost()
            ordered = rest[1:]
        return Slice(ordered[: self.limit], len(ordered) > self.limit)

    def lost(self) -> ApiError:
        """The error for a name that is not in the list: an empty page would look like its end."""
        return ApiError(
            Kind.BAD_REQUEST,
            f"Invalid value for 'after': '{(self.after or '')[:100]}' is not in this list; "
            "it may have been deleted.",
            param="after",
            code="invalid_value",
        )


@dataclass(frozen=True, slots=True)
class Slice(Generic[RowT]):
    """A part of a list."""

    rows: Sequence[RowT]
    has_more: bool


class ResponseStore(Protocol):
    """Keeps responses. A change is durable when its call returns.

    A response whose process has ended without finishing it is ``interrupted`` for every reader.
    """

    async def add(self, response: StoredResponse, output: Sequence[StoredItem] = ()) -> None:
        """Keep a new response.

        Its ancestors are kept as long as it is itself. If it belongs to a conversation, ``output``
        (all that it adds there) is appended in the same breath.
        """

    async def finish(self, response: StoredResponse, output: Sequence[StoredItem] = ()) -> bool:
        """Give a response that was under way its end, as ``add`` would.

        Returns:
            Whether it still was under way; otherwise nothing is changed.
        """

    async def find(self, reader: Reader, name: str) -> StoredResponse | None:
        """The response of this name, if the reader may see it."""

    async def given_up(self, names: AbstractSet[str]) -> AbstractSet[str]:
        """Which of these responses were cancelled, or forgotten."""

    async def chain(self, reader: Reader, name: str) -> Sequence[StoredResponse]:
        """A response after all its ancestors, oldest first.

        The first one still has a ``previous_id`` when that ancestor was deleted.
        """

    async def output_items(self, reader: Reader, names: Sequence[str]) -> Mapping[str, bytes]:
        """Items of answers, and items of conversations, by their names; as JSON."""

    async def remove(self, reader: Reader, name: str) -> bool:
        """Forget a response; whether there was one."""


class ConversationStore(Protocol):
    """Keeps conversations until they are deleted. A change is durable when its call returns."""

    async def add(self, conversation: StoredConversation, items: Sequence[StoredItem]) -> None:
        """Keep a new conversation."""

    async def find(self, reader: Reader, name: str) -> StoredConversation | None:
        """The conversation of this name, if the reader may see it."""

    async def describe(
        self, reader: Reader, name: str, metadata: Mapping[str, str]
    ) -> StoredConversation | None:
        """Replace its metadata; the conversation as it is then."""

    async def remove(self, reader: Reader, name: str) -> bool:
        """Forget a conversation with all its items; whether there was one."""

    async def add_items(self, name: str, items: Sequence[StoredItem]) -> None:
        """Append items."""

    async def items(self, name: str, page: Page) -> Slice[StoredItem]:
        """Part of its items."""

    async def all_items(self, name: str) -> Sequence[StoredItem]:
        """All its items, oldest first."""

    async def item(self, name: str, item: str) -> StoredItem | None:
        """One of its items."""

    async def remove_item(self, name: str, item: str) -> bool:
        """Forget one of its items; whether there was one."""


class CompletionStore(Protocol):
    """Keeps chat completions. A change is durable when its call returns."""

    async def add(self, completion: StoredCompletion) -> None:
        """Keep a new completion."""

    async def find(self, reader: Reader, name: str) -> StoredCompletion | None:
        """The completion of this name, if the reader may see it."""

    async def list(
        self, reader: Reader, page: Page, model: str | None, metadata: Mapping[str, str]
    ) -> Slice[StoredCompletion]:
        """Part of the reader's completions: of one model, with these metadata among theirs."""

    async def describe(
        self, reader: Reader, name: str, metadata: Mapping[str, str]
    ) -> StoredCompletion | None:
        """Replace its metadata; the completion as it is then."""

    async def remove(self, reader: Reader, name: str) -> bool:
        """Forget a completion; whether there was one."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file, without its content.

    Attributes:
        name: As its owner calls it; never a path of ours.
        size: Bytes.
        expires: Unix seconds from which on it is gone; ``None`` for never.
    """

    id: str
    owner: str
    created: int
    name: str
    purpose: str
    size: int
    expires: int | None = None


class NewFile(Protocol):
    """A file that is being written."""

    async def write(self, data: bytes) -> None:
        """Append to its content."""

    async def keep(self, file: StoredFile) -> None:
        """Keep it; its content and what is known of it are durable on return."""


class FileStore(Protocol):
    """Keeps files until they are deleted or expire."""

    def begin(self) -> AbstractAsyncContextManager[NewFile]:
        """A new file; unless it is kept, nothing remains of it after the block or a crash."""

    async def find(self, reader: Reader, name: str) -> StoredFile | None:
        """The file of this id, if the reader may see it."""

    async def list(self, reader: Reader, page: Page, purpose: str | None) -> Slice[StoredFile]:
        """Part of the reader's files, in the order of their making."""

    async def content(self, reader: Reader, name: str) -> Path | None:
        """Where the content lies, for reading only, if the reader may see the file."""

    async def remove(self, reader: Reader, name: str) -> bool:
        """Forget a file; whether there was one."""


class Stores(Protocol):
    """Everything that is remembered."""

    @property
    def responses(self) -> ResponseStore:
        """Responses."""

    @property
    def conversations(self) -> ConversationStore:
        """Conversations."""

    @property
    def completions(self) -> CompletionStore:
        """Stored chat completions."""

    @property
    def files(self) -> FileStore:
        """Uploaded files."""

    def begin_running(self) -> str:
        """The name of this process among those that work on background responses.

        A response with this ``runner`` is shown as failed once the process has ended.
        """
