"""The memory of ``/v1/responses``: ``store``, ``previous_response_id``, ``conversation``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from msgspec import Raw, structs

from codex2api.api.media.attachments import Attachments
from codex2api.api.state.background import EventLog
from codex2api.api.state.history import conversation_items, input_of, output_of, turns
from codex2api.api.state.memory import Begun
from codex2api.api.state.opening import OpenStores, as_reader
from codex2api.callers import Caller
from codex2api.conversations import Reader, StoredItem, StoredResponse, Stores
from codex2api.dialects.base import ReplyHead, StreamTranslator
from codex2api.dialects.metadata import check_metadata
from codex2api.dialects.openai_files import Fill
from codex2api.dialects.responses.input import upstream_input
from codex2api.dialects.responses.remembered import (
    conversation_name,
    own_input,
    referred,
    refuse_repeated,
    replayed,
    resolved,
)
from codex2api.dialects.responses.response import queued
from codex2api.dialects.responses.schema import CreateResponse, ResponseObject
from codex2api.errors import ApiError, Kind
from codex2api.protocol.items import Item
from codex2api.protocol.json import decode, encode
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.sse import Frame, encode as encode_frames

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ResponsesMemory:
    """A ``Memory``.

    Attributes:
        stores: Where it is kept.
        new_id: Random and unique.
        attachments: Where the files are that were named.
    """

    stores: OpenStores
    new_id: Callable[[], str]
    attachments: Attachments

    async def recall(self, caller: Caller, request: CreateResponse) -> "RecalledResponse | None":
        """What is remembered for a request; ``None`` where nothing is, and nothing will be.

        Raises:
            ApiError: The request names something that is not there.
        """
        _check(request)
        names, stored = referred(request.input), request.store is not False
        conversation = conversation_name(request.conversation)
        if not (stored or names or conversation or request.previous_response_id):
            return None
        reader = as_reader(caller)
        before: list[Item] = []
        if request.previous_response_id is not None:
            before = await self._said_before(reader, request.previous_response_id)
            before = await self._with_files(reader, before, "previous_response_id")
        elif conversation is not None:
            before = await self._said_in(reader, conversation)
            before = await self._with_files(reader, before, "conversation")
        if names and not isinstance(request.input, str):
            found = await (await self.stores()).responses.output_items(reader, names)
            items = {name: decode(item) for name, item in found.items()}
            request = structs.replace(request, input=resolved(request.input, items))
        refuse_repeated(request.input, {item["id"] for item in before if "id" in item}, "input")
        return RecalledResponse(request, stored, before, reader, conversation, self)

    async def _said_before(self, reader: Reader, name: str) -> list[Item]:
        stores = await self.stores()
        chain = await turns(stores, reader, name)
        return [*await input_of(stores, chain), *output_of(chain[-1])]

    async def _said_in(self, reader: Reader, name: str) -> list[Item]:
        stores = await self.stores()
        if await stores.conversations.find(reader, name) is None:
            raise ApiError(
                Kind.NOT_FOUND,
                f"Conversation with id '{name[:100]}' not found.",
                param="conversation",
            )
        return await conversation_items(stores, name)

    async def _with_files(self, reader: Reader, items: list[Item], where: str) -> list[Item]:
        """Items as they can be sent: what was named by its id is put in anew."""

        def pour(fill: Fill) -> list[Item]:
            filled: list[Item] = fill(items, where)
            return filled

        return await self.attachments.fill(reader, pour)


@dataclass(slots=True)
class RecalledResponse:
    """A ``Recalled`` request."""

    request: CreateResponse
    stored: bool
    before: list[Item]
    reader: Reader
    conversation: str | None
    memory: ResponsesMemory
    log: EventLog | None = None
    _own: list[Item] | None = None

    @property
    def background(self) -> "RecalledResponse | None":
        """Itself, if the caller wants to come back for the answer."""
        return self if self.request.background else None

    def put_back(self, choices: Sequence[ResponsesRequest]) -> Sequence[ResponsesRequest]:
        """The upstream requests, with what was said before."""
        if not self.before:
            return choices
        before = upstream_input(replayed(self.before))
        return [structs.replace(wish, input=[*before, *wish.input]) for wish in choices]

    def attend(self, translator: StreamTranslator, _head: ReplyHead) -> StreamTranslator:
        """The translator itself: its last frames hold the whole answer."""
        return translator

    async def keep_reply(self, reply: ResponseObject) -> Any:
        """Keep a whole answer; returns what to send."""
        body = encode(reply)
        kept = await self._kept(reply, self._row(reply, body))
        return Raw(body) if kept else structs.replace(reply, store=False)

    async def keep_ending(self, frames: list[Frame]) -> list[Frame]:
        """Keep a streamed answer; returns its last frames, what they hold encoded already."""
        found = _last_response(frames)
        if found is None:
            return frames
        at, response = found
        body = encode(response)
        ending = _with_response(frames, at, Raw(body))
        events = None if self.log is None else self.log.packed(encode_frames(ending))
        if await self._kept(response, self._row(response, body, events=events)):
            return ending
        return _with_response(frames, at, structs.replace(response, store=False))

    async def begin(self, head: ReplyHead) -> Begun:
        """Keep that the request is going to be answered in the background.

        Raises:
            ApiError: It could not be kept, and so nobody could ever see the answer.
        """
        stores = await self.memory.stores()
        response = queued(self.request, head)
        row = self._row(response, encode(response), runner=stores.begin_running())
        await stores.responses.add(row)
        self.log = EventLog()
        return Begun(response.id, response, self.log)

    async def _kept(self, response: ResponseObject, row: StoredResponse) -> bool:
        """Whether it is kept as it was to be; where the answer says so, it must be true."""
        try:
            await self._keep(await self.memory.stores(), row, self._added(response))
        except ApiError as error:
            _log.error("response.not_kept", response=response.id, reason=error.message)
            return False
        return True

    async def _keep(self, stores: Stores, row: StoredResponse, added: Sequence[StoredItem]) -> None:
        if self.log is not None:
            await stores.responses.finish(row, added)
        elif self.stored:
            await stores.responses.add(row, added)
        elif self.conversation is not None:
            await stores.conversations.add_items(self.conversation, added)

    def _own_input(self) -> list[Item]:
        if self._own is None:
            self._own = own_input(self.request.input, self.memory.new_id)
        return self._own

    def _row(
        self,
        response: ResponseObject,
        body: bytes,
        *,
        runner: str | None = None,
        events: bytes | None = None,
    ) -> StoredResponse:
        return StoredResponse(
            id=response.id,
            owner=self.reader.owner,
            created=response.created_at,
            status=response.status,
            input=encode(self._own_input()),
            body=body,
            previous_id=self.request.previous_response_id,
            conversation_id=self.conversation,
            output_ids=tuple(item["id"] for item in response.output if "id" in item),
            runner=runner,
            events=events,
        )

    def _added(self, response: ResponseObject) -> list[StoredItem]:
        """What the turn adds to its conversation; a failed one may be tried again, and nothing."""
        if self.conversation is None or response.status == "failed":
            return []
        return [
            StoredItem(item["id"], encode(item))
            for item in (*self._own_input(), *response.output)
            if "id" in item
        ]


def _last_response(frames: Sequence[Frame]) -> tuple[int, ResponseObject] | None:
    """The last response among some frames, and where it is."""
    for at in range(len(frames) - 1, -1, -1):
        data = frames[at].data
        response = data.get("response") if isinstance(data, dict) else None
        if isinstance(response, ResponseObject):
            return at, response
    return None


def _with_response(frames: list[Frame], at: int, response: Raw | ResponseObject) -> list[Frame]:
    changed = structs.replace(frames[at], data=frames[at].data | {"response": response})
    return [*frames[:at], changed, *frames[at + 1 :]]


def _check(request: CreateResponse) -> None:
    check_metadata(request.metadata)
    if request.previous_response_id is not None and request.conversation is not None:
        raise ApiError(
            Kind.BAD_REQUEST,
            "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. "
            "Send one of them.",
            param="conversation",
            code="mutually_exclusive_parameters",
        )
    if request.background and request.store is False:
        raise ApiError(
            Kind.BAD_REQUEST,
            "'background' needs 'store': the answer is kept until it is asked for.",
            param="background",
            code="invalid_value",
        )
