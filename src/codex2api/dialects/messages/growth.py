"""A message while it grows: its items take their turns, because only one block is open at a time.

The whole reply is the sum of the same steps, hence equal to its stream by construction.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from codex2api.dialects.messages.answer import StopReason
from codex2api.dialects.messages.schema import MessagesRequest, ThinkingWish
from codex2api.dialects.messages.told import (
    Step,
    Told,
    ToldCall,
    ToldMessage,
    ToldReasoning,
    ToldSearch,
)
from codex2api.protocol.events import Response
from codex2api.protocol.items import Item

ToldT = TypeVar("ToldT", bound=Told)


class Growth:
    """The items of one answer, in the order in which they appear.

    Args:
        request: What is answered.
    """

    def __init__(self, request: MessagesRequest) -> None:
        self._wish = request.thinking
        self._items: dict[int, Told] = {}
        self._turn: list[Told] = []

    @property
    def empty(self) -> bool:
        """Whether nothing has appeared yet."""
        return not self._items

    @property
    def speaker(self) -> ToldMessage | None:
        """The message whose turn it is, if a part of it is open and all of that is passed on."""
        head = self._turn[0] if self._turn else None
        if isinstance(head, ToldMessage) and head.open is not None and not head.steps:
            return head
        return None

    def item(self, output_index: int) -> Told | None:
        """An item that has appeared."""
        return self._items.get(output_index)

    @property
    def searches(self) -> int:
        """How many searches were told."""
        return sum(isinstance(one, ToldSearch) and one.told for one in self._items.values())

    def steps(self) -> Iterator[Step]:
        """What can be told now: of the item whose turn it is, and of the next when it is whole."""
        while self._turn:
            head = self._turn[0]
            yield from head.steps
            head.steps.clear()
            if not head.whole:
                return
            self._turn.pop(0)

    def end(self) -> None:
        """Nothing more will come."""
        for told in self._turn:
            told.end()

    def stop_reason(self, ending: Response) -> tuple[StopReason, str | None]:
        """Why the answer ends here, and the stop sequence if one did it."""
        if ending.stopped_at is not None:
            return "stop_sequence", ending.stopped_at
        if ending.status == "incomplete":
            reason = (ending.incomplete_details or {}).get("reason")
            return ("refusal" if reason == "content_filter" else "max_tokens"), None
        told = self._items.values()
        if any(isinstance(one, ToldCall) and one.begun for one in told):
            return "tool_use", None
        if any(isinstance(one, ToldMessage) and one.refuses for one in told):
            return "refusal", None
        return ("pause_turn" if ending.end_turn is False else "end_turn"), None

    def settle(self, output_index: int, item: Item) -> None:
        """An item is done."""
        told = self._told(output_index, item)
        if told is not None:
            told.settle(item)

    def begin(self, output_index: int, item: Item) -> None:
        """An item appears."""
        told = self._told(output_index, item)
        if isinstance(told, ToldCall):
            told.begin(item)

    def message(self, output_index: int) -> ToldMessage | None:
        """The message of that place, be it that nobody has heard of it yet."""
        return self._of(output_index, ToldMessage, ToldMessage)

    def reasoning(self, output_index: int) -> ToldReasoning | None:
        """Likewise; ``None`` if thinking is not shown at all."""
        if not shows(self._wish):
            return None
        return self._of(output_index, ToldReasoning, self._reasoning)

    def call(self, output_index: int) -> ToldCall | None:
        """Likewise."""
        return self._of(output_index, ToldCall, ToldCall)

    def _told(self, output_index: int, item: Item) -> Told | None:
        match item.get("type"):
            case "message":
                return self.message(output_index)
            case "reasoning":
                return self.reasoning(output_index)
            case "function_call":
                return self.call(output_index)
            case "web_search_call":
                return self._of(output_index, ToldSearch, lambda: ToldSearch(output_index))
            case _:
                return None

    def _of(self, output_index: int, kind: type[ToldT], make: Callable[[], ToldT]) -> ToldT | None:
        told = self._items.get(output_index)
        if told is None:
            told = self._items[output_index] = make()
            self._turn.append(told)
        # An item that changes its kind would be a bug of the backend; what came first counts.
        return told if isinstance(told, kind) and not told.whole else None

    def _reasoning(self) -> ToldReasoning:
        return ToldReasoning(hidden=self._wish is not None and self._wish.display == "omitted")


def shows(wish: ThinkingWish | None) -> bool:
    """Whether the caller wants to see that the model thinks."""
    return wish is not None and wish.type != "disabled"
