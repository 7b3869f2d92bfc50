"""Where an answer has to end at the latest, and the stream of events cut there.

The backend knows neither stop sequences nor a limit on tokens, so both are kept here: events in,
fewer events out, the last of them an ending that tells the truth about why. Whoever reads the
events closes the upstream then.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from msgspec import Struct, structs

from codex2api.protocol.events import (
    ArgumentsDelta,
    ArgumentsDone,
    Batch,
    Completed,
    CustomInputDelta,
    CustomInputDone,
    Ending,
    Incomplete,
    ItemDone,
    PartDone,
    RefusalDelta,
    RefusalDone,
    Response,
    TextDelta,
    TextDone,
    UpstreamEvent,
)
from codex2api.protocol.items import Item, Part
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.tokens import count_tokens
from codex2api.protocol.usage import Usage
from codex2api.protocol.weight import request_tokens

Delta: TypeAlias = TextDelta | RefusalDelta | ArgumentsDelta | CustomInputDelta
"""Events that carry what the caller pays for and reads; summaries of thoughts are not limited."""

_Place: TypeAlias = tuple[int, int]
"""An output index and a content index; a call's input is at -1."""

_OF_CALL = -1

_NEAR = 4096
"""Tokens, which no answer reaches within a second or two."""

_MOST_UNCOUNTED = 1024 * 1024
"""Bytes of text that wait to be counted."""


class Bounds(Struct, frozen=True):
    """The wish of a caller.

    Attributes:
        stop: Sequences before which the text ends; none of them is empty.
        max_tokens: How much may be written, text, refusals and the input of calls together.
    """

    stop: tuple[str, ...] = ()
    max_tokens: int | None = None

    @property
    def near(self) -> bool:
        """Whether tokens have to be counted soon after the answer begins, if at all."""
        return self.max_tokens is not None and self.max_tokens < _NEAR


NO_BOUNDS = Bounds()


class Shortener:
    """Cuts one answer's events where the first bound is reached.

    Args:
        bounds: What the caller wishes.
        request: What is answered; its weight is told with the ending.
        count: Tokens of a text.
    """

    def __init__(
        self,
        bounds: Bounds,
        request: ResponsesRequest,
        count: Callable[[str], int] = count_tokens,
    ) -> None:
        self._bounds = bounds
        self._request = request
        self._count = count
        self._spent = 0
        self._at_most = 0
        self._uncounted: list[str] = []
        self._seen: dict[_Place, int] = {}
        self._held: dict[_Place, TextDelta] = {}
        self._kept: Batch = []
        self._item_seen = False
        self.reached = False

    def feed(self, batch: Batch) -> Batch:
        """The events that are left; after a bound was reached, none."""
        self._kept = []
        for event in batch:
            if self.reached:
                break
            self._take(event)
        return self._kept

    def _take(self, event: UpstreamEvent) -> None:
        match event:
            case TextDelta() | RefusalDelta() | ArgumentsDelta() | CustomInputDelta():
                self._grow(event)
                return
            case ItemDone():
                self._item_seen = True
                self._settle_all(_whole_item(event.output_index, event.item))
            case Ending():
                self._settle_ending(event)
            case _:
                self._settle_all(_whole(event))
        if not self.reached:
            self._kept.append(event)

    def _settle_ending(self, event: Ending) -> None:
        if not self._item_seen:
            for index, item in enumerate(event.response.output or ()):
                self._settle_all(_whole_item(index, item))
        for place in list(self._held):
            self._release(place)

    def _settle_all(self, wholes: Iterable[Delta]) -> None:
        """What a last event says beyond its deltas counts as one more delta."""
        for whole in wholes:
            place = _place(whole)
            self._grow(structs.replace(whole, delta=whole.delta[self._seen.get(place, 0) :]))
            self._release(place)

    def _grow(self, event: Delta) -> None:
        if self.reached or not event.delta:
            return
        place = _place(event)
        self._seen[place] = self._seen.get(place, 0) + len(event.delta)
        if isinstance(event, TextDelta) and self._bounds.stop:
            self._grow_text(place, event)
        else:
            self._pass(event)

    def _grow_text(self, place: _Place, event: TextDelta) -> None:
        before = self._held.pop(place, None)
        text = (before.delta if before else "") + event.delta
        # The sequence that is complete first counts, as it would where the model is stopped.
        found = ((text.find(stop), stop) for stop in self._bounds.stop)
        ends = [(at + len(stop), at, stop) for at, stop in found if at >= 0]
        if ends:
            _, at, stop = min(ends)
            self._pass(structs.replace(event, delta=text[:at]))
            self._end(Completed, Response(status="completed", stopped_at=stop))
            return
        free = len(text) - _possible_beginning(text, self._bounds.stop)
        if free < len(text):
            self._held[place] = structs.replace(event, delta=text[free:])
        self._pass(structs.replace(event, delta=text[:free]))

    def _release(self, place: _Place) -> None:
        """What was held back was no stop sequence after all."""
        held = self._held.pop(place, None)
        if held is not None:
            self._pass(held)

    def _pass(self, event: Delta) -> None:
        if self.reached or not event.delta:
            return
        limit = self._bounds.max_tokens
        if limit is None or self._fits(event.delta, limit):
            self._kept.append(event)
            if limit is None:
                self._leave_uncounted(event.delta)
            return
        text = _first_tokens(event.delta, limit - self._spent, self._count)
        if text:
            self._kept.append(structs.replace(event, delta=text))
        self._spent = limit
        details = {"reason": "max_output_tokens"}
        self._end(Incomplete, Response(status="incomplete", incomplete_details=details))

    def _fits(self, text: str, limit: int) -> bool:
        """Whether more text is within the limit; most of it surely is, and needs no counting."""
        if self._at_most + _bytes(text) <= limit:
            self._leave_uncounted(text)
            return True
        self._count_up()
        tokens = self._count(text)
        if self._spent + tokens > limit:
            return False
        self._spent += tokens
        self._at_most = self._spent
        return True

    def _leave_uncounted(self, text: str) -> None:
        # No token is less than a byte.
        self._at_most += _bytes(text)
        self._uncounted.append(text)
        if self._at_most - self._spent > _MOST_UNCOUNTED:
            self._count_up()

    def _count_up(self) -> None:
        self._spent += sum(map(self._count, self._uncounted))
        self._at_most = self._spent
        self._uncounted.clear()

    def _end(self, kind: type[Completed | Incomplete], response: Response) -> None:
        if not self.reached:
            self.reached = True
            self._count_up()
            # The backend tells the cost with the ending that is never read.
            read, written = request_tokens(self._request), self._spent
            usage = Usage(input_tokens=read, output_tokens=written, total_tokens=read + written)
            self._kept.append(kind(response=structs.replace(response, usage=usage)))


def _whole(event: UpstreamEvent) -> Iterator[Delta]:
    """All that an event says of a part, as if it were one delta."""
    match event:
        case TextDone(item_id=item, output_index=index, content_index=part, text=text):
            yield TextDelta(item_id=item, output_index=index, content_index=part, delta=text)
        case RefusalDone(item_id=item, output_index=index, content_index=part, refusal=text):
            yield RefusalDelta(item_id=item, output_index=index, content_index=part, delta=text)
        case ArgumentsDone(item_id=item, output_index=index, arguments=text):
            yield ArgumentsDelta(item_id=item, output_index=index, delta=text)
        case CustomInputDone(item_id=item, output_index=index, input=text):
            yield CustomInputDelta(item_id=item, output_index=index, delta=text)
        case PartDone(item_id=item, output_index=index, content_index=position, part=part):
            yield from _whole_part(item, index, position, part)


def _whole_item(index: int, item: Item) -> Iterator[Delta]:
    name = item.get("id") or ""
    match item.get("type"):
        case "message":
            for position, part in enumerate(item.get("content") or ()):
                yield from _whole_part(name, index, position, part)
        case "function_call":
            text = item.get("arguments") or ""
            yield ArgumentsDelta(item_id=name, output_index=index, delta=text)
        case "custom_tool_call":
            text = item.get("input") or ""
            yield CustomInputDelta(item_id=name, output_index=index, delta=text)


def _whole_part(item: str, index: int, position: int, part: Part) -> Iterator[Delta]:
    match part:
        case {"type": "output_text", "text": str(text)}:
            yield TextDelta(item_id=item, output_index=index, content_index=position, delta=text)
        case {"type": "refusal", "refusal": str(text)}:
            yield RefusalDelta(item_id=item, output_index=index, content_index=position, delta=text)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode(errors="surrogatepass"))


def _place(event: Delta) -> _Place:
    if isinstance(event, TextDelta | RefusalDelta):
        return (event.output_index, event.content_index)
    return (event.output_index, _OF_CALL)


def _possible_beginning(text: str, stops: tuple[str, ...]) -> int:
    """Length of the longest end of the text with which a stop sequence may have begun."""
    longest = max(len(stop) for stop in stops) - 1
    for length in range(min(longest, len(text)), 0, -1):
        if any(stop.startswith(text[-length:]) for stop in stops if len(stop) > length):
            return length
    return 0


def _first_tokens(text: str, tokens: int, count: Callable[[str], int]) -> str:
    """The longest beginning of a text that counts no more than so many tokens."""
    low, high = 0, 8 * (tokens + 1)
    while high < len(text) and count(text[:high]) <= tokens:
        low, high = high, 2 * high
    high = min(high, len(text))
    while low < high:
        middle = (low + high + 1) // 2
        if count(text[:middle]) <= tokens:
            low = middle
        else:
            high = middle - 1
    return text[:low]
