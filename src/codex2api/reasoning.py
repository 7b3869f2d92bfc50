"""What a model thought before it called a tool, put back when the tool's result comes.

The chat dialect has no place for encrypted reasoning, so its callers cannot send it back as those
of the Responses API do, and in every round of a tool loop the model would think from the beginning.
Here it is kept by the id of the call that followed it.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from msgspec import structs

from codex2api.accounts.serving import Permit
from codex2api.protocol.events import Batch, ItemDone
from codex2api.protocol.items import Item
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.stream import Heed
from codex2api.relay import Call, Opener

_CALLS = ("function_call", "custom_tool_call")


@dataclass(frozen=True, slots=True)
class _Kept:
    """Reasoning before one call.

    Attributes:
        before_text: It came before the message that the model sent along with the call.
        size: Bytes, as far as they count.
    """

    items: tuple[Item, ...]
    before_text: bool
    size: int


class ReasoningMemory:
    """Reasoning by call id, the least recently used forgotten first; pure.

    It is of use to nobody but the account that it is encrypted for, and no caller ever sees it.

    Args:
        most_bytes: Encrypted text that is kept altogether.
    """

    def __init__(self, most_bytes: int = 32 * 1024 * 1024) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def watch(self) -> Callable[[Item], None]:
        """A function that takes in the finished items of one answer, in order."""
        waiting: list[Item] = []
        before_text = False

        def take(item: Item) -> None:
            nonlocal before_text
            kind = item.get("type")
            if kind == "reasoning" and item.get("encrypted_content"):
                waiting.append(item)
                before_text = False
            elif kind == "message":
                before_text = bool(waiting)
            elif kind in _CALLS and waiting:
                self._keep(str(item.get("call_id")), tuple(waiting), before_text=before_text)
                waiting.clear()

        return take

    def recalled(self, request: ResponsesRequest) -> ResponsesRequest:
        """A request with the reasoning that is remembered for it; without tools there is none."""
        if not request.tools:
            return request
        return structs.replace(request, input=self.put_back(request.input))

    def put_back(self, items: list[Item]) -> list[Item]:
        """The items of a conversation, with the reasoning that is remembered before its calls."""
        result: list[Item] = []
        for item in items:
            kept = self._recall(item)
            if kept is not None:
                at = _before_text(result) if kept.before_text else len(result)
                result[at:at] = kept.items
            result.append(item)
        return result

    def _recall(self, item: Item) -> _Kept | None:
        if item.get("type") not in _CALLS:
            return None
        call_id = str(item.get("call_id"))
        kept = self._kept.get(call_id)
        if kept is not None:
            self._kept.move_to_end(call_id)
        return kept

    def _keep(self, call_id: str, items: tuple[Item, ...], *, before_text: bool) -> None:
        size = sum(len(item["encrypted_content"]) for item in items)
        self._forget(call_id)
        self._kept[call_id] = _Kept(items, before_text, size)
        self._bytes += size
        while self._bytes > self._most_bytes:
            self._forget(next(iter(self._kept)))

    def _forget(self, call_id: str) -> None:
        kept = self._kept.pop(call_id, None)
        if kept is not None:
            self._bytes -= kept.size


def _before_text(items: list[Item]) -> int:
    """Where the assistant's last words begin, if they end the items."""
    at = len(items)
    while at and items[at - 1].get("role") == "assistant":
        at -= 1
    return at


@dataclass(frozen=True, slots=True)
class ReasoningRelay:
    """A relay that remembers; requests without tools pass it untouched.

    Attributes:
        relay: Carries them.
        memory: Shared by all of them.
    """

    relay: Opener
    memory: ReasoningMemory

    def open(
        self,
        request: ResponsesRequest,
        *,
        account: str | None = None,
        heed: Heed | None = None,
        permit: Permit | None = None,
    ) -> AbstractAsyncContextManager[Call]:
        """As ``Relay.open``."""
        if not request.tools:
            return self.relay.open(request, account=account, heed=heed, permit=permit)
        known = self.memory.recalled(request)
        opening = self.relay.open(known, account=account, heed=heed, permit=permit)
        return _Watched(opening, self.memory.watch())


class _Watched:
    """An opened call whose finished items are looked at."""

    def __init__(
        self, opening: AbstractAsyncContextManager[Call], take: Callable[[Item], None]
    ) -> None:
        self._opening = opening
        self._take = take

    async def __aenter__(self) -> Call:
        call = await self._opening.__aenter__()
        return structs.replace(call, batches=_Watching(call.batches, self._take))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._opening.__aexit__(kind, error, trace)


class _Watching:
    def __init__(self, batches: AsyncIterator[Batch], take: Callable[[Item], None]) -> None:
        self._batches = batches
        self._take = take

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Batch:
        batch = await anext(self._batches)
        for item in _finished(batch):
            self._take(item)
        return batch


def _finished(batch: Batch) -> Iterable[Item]:
    return [event.item for event in batch if type(event) is ItemDone]
