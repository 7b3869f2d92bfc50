"""Stop sequences and limits: events in, fewer events out."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from codex2api.protocol.bounds import Bounds, Shortener
from codex2api.protocol.events import (
    ArgumentsDelta,
    Completed,
    Incomplete,
    ItemDone,
    RateLimitsSeen,
    RefusalDelta,
    Response,
    TextDelta,
    TextDone,
    UpstreamEvent,
)
from codex2api.protocol.fold import fold
from codex2api.protocol.items import input_text, message as message_item
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.usage import Usage
from codex2api.protocol.weight import request_tokens
from tests.events import completed, created, message, text, tool_call

ASKED = ResponsesRequest(model="m", input=[message_item("user", [input_text("Say it.")])])

LETTERS = st.text("abc", max_size=30)


def shortened(
    events: list[UpstreamEvent], *, size: int = 1000, **bounds: Any
) -> list[UpstreamEvent]:
    """What is left, each letter a token, in batches of ``size``."""
    short = Shortener(Bounds(**bounds), ASKED, count=len)
    batches = [events[at : at + size] for at in range(0, len(events), size)]
    return [event for batch in batches for event in short.feed(batch)]


def told(events: list[UpstreamEvent]) -> str:
    return "".join(event.delta for event in events if isinstance(event, TextDelta))


def _used(tokens: int) -> Usage:
    read = request_tokens(ASKED)
    return Usage(input_tokens=read, output_tokens=tokens, total_tokens=read + tokens)


def cut_off(used: int) -> Incomplete:
    details = {"reason": "max_output_tokens"}
    return Incomplete(
        response=Response(status="incomplete", incomplete_details=details, usage=_used(used))
    )


def stopped(used: int, stop: str) -> Completed:
    response = Response(status="completed", usage=_used(used), stopped_at=stop)
    return Completed(response=response)


def test_the_text_ends_before_a_stop_sequence() -> None:
    events = [created(), text("one\ntwo"), text("more"), completed()]

    assert shortened(events, stop=("\n",)) == [created(), text("one"), stopped(3, "\n")]


def test_a_stop_sequence_across_deltas_does_not_leak() -> None:
    events = [text("one E"), text("N"), text("D two"), completed()]

    assert shortened(events, size=1, stop=("END",)) == [text("one "), stopped(4, "END")]


def test_what_only_looked_like_a_stop_sequence_is_given_back() -> None:
    events = [text("one E"), text("N"), text("ough"), completed()]

    assert shortened(events, stop=("END",)) == [text("one "), text("ENough"), completed()]


@pytest.mark.parametrize("last", [[], [TextDone(text="one EN")]])
def test_an_answer_may_end_in_the_beginning_of_a_stop_sequence(last: list[UpstreamEvent]) -> None:
    events = [text("one EN"), *last, completed()]

    assert shortened(events, stop=("END",)) == [text("one "), text("EN"), *last, completed()]


def test_the_sequence_that_is_complete_first_counts() -> None:
    events = [text("x ba"), text("a"), completed()]

    assert shortened(events, stop=("baa", "a")) == [text("x b"), stopped(3, "a")]


def test_the_earliest_of_several_stop_sequences_counts() -> None:
    assert shortened([text("a b c"), completed()], stop=("c", "b")) == [text("a "), stopped(2, "b")]


def test_text_that_comes_only_when_it_is_done_is_cut_too() -> None:
    whole = {"type": "message", "content": [{"type": "output_text", "text": "one END two"}]}

    for event in (TextDone(text="one END two"), ItemDone(item=whole)):
        left = shortened([event, completed()], stop=("END",))
        assert left == [TextDelta(delta="one "), stopped(4, "END")]


def test_an_answer_that_only_its_end_tells_is_cut_too() -> None:
    whole = {"type": "message", "content": [{"type": "output_text", "text": "one END two"}]}

    left = shortened([completed(output=[whole])], stop=("END",))
    assert left == [TextDelta(delta="one "), stopped(4, "END")]


def test_nothing_happens_to_an_answer_within_its_bounds() -> None:
    events = [created(), *message("hello"), *tool_call("add", index=1), completed()]

    assert shortened(events, stop=("END",), max_tokens=100) == events


def test_the_limit_cuts_text() -> None:
    events = [text("one "), text("two "), completed()]

    assert shortened(events, max_tokens=6) == [text("one "), text("tw"), cut_off(6)]


def test_a_word_is_a_token_whatever_its_length() -> None:
    events = [text(word) for word in ("The", " whole", " window", " shines")]

    left = Shortener(Bounds(max_tokens=3), ASKED).feed([*events, completed()])

    assert told(left) == "The whole window"


def test_an_endless_delta_is_not_searched_to_its_end() -> None:
    lengths: list[int] = []

    def count(piece: str) -> int:
        lengths.append(len(piece))
        return len(piece)

    Shortener(Bounds(max_tokens=5), ASKED, count).feed([text("a" * 100_000)])

    assert sorted(lengths)[-2] < 100


def test_an_answer_that_just_reaches_its_limit_is_complete() -> None:
    events = [text("one"), completed()]

    assert shortened(events, max_tokens=3) == events


def test_the_limit_cuts_the_input_of_a_call_and_a_refusal() -> None:
    call = [ArgumentsDelta(delta='{"a":1}'), completed()]
    no = [RefusalDelta(delta="I will not"), completed()]

    assert shortened(call, max_tokens=3) == [ArgumentsDelta(delta='{"a'), cut_off(3)]
    assert shortened(no, max_tokens=1) == [RefusalDelta(delta="I"), cut_off(1)]


def test_the_limit_counts_what_came_without_deltas() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a":1}'}

    assert shortened([ItemDone(item=call), completed()], max_tokens=3) == [
        ArgumentsDelta(delta='{"a'),
        cut_off(3),
    ]


def test_a_stop_sequence_counts_up_to_the_limit_only() -> None:
    assert shortened([text("one END")], stop=("END",), max_tokens=2) == [text("on"), cut_off(2)]


def test_after_a_bound_there_is_nothing_more() -> None:
    short = Shortener(Bounds(stop=("b",)), ASKED, count=len)

    assert short.feed([text("ab")]) == [text("a"), stopped(1, "b")]
    assert short.reached
    assert short.feed([text("c"), RateLimitsSeen(), completed()]) == []


@given(st.lists(LETTERS), st.lists(st.text("abc", min_size=1, max_size=4), min_size=1), st.data())
def test_any_cutting_gives_the_text_before_the_first_stop(
    pieces: list[str], stop: list[str], data: st.DataObject
) -> None:
    whole = "".join(pieces)
    ends = [(at + len(one), at) for one in stop if (at := whole.find(one)) >= 0]
    _, cut = min(ends, default=(0, len(whole)))
    size = data.draw(st.integers(1, 10))

    left = shortened([*map(text, pieces), completed()], size=size, stop=tuple(stop))

    assert told(left) == whole[:cut]
    assert isinstance(left[-1], Completed)


@given(st.lists(LETTERS), st.integers(1, 40))
def test_never_more_than_the_limit_and_never_less(pieces: list[str], limit: int) -> None:
    whole = "".join(pieces)

    left = shortened([*map(text, pieces), completed()], max_tokens=limit)

    assert told(left) == whole[:limit]
    assert isinstance(left[-1], Incomplete) == (len(whole) > limit)
    assert fold(left).status == ("incomplete" if len(whole) > limit else "completed")


def test_what_cannot_reach_the_limit_is_not_counted() -> None:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return len(text.split())

    short = Shortener(Bounds(max_tokens=10), ASKED, count)
    assert short.feed([text("one two"), text("é")]) == [text("one two"), text("é")]
    assert counted == []
    short.feed([text(" three")])
    assert counted == ["one two", "é", " three"]
    assert not short.reached


@given(st.lists(st.text(max_size=6), max_size=12), st.integers(0, 30))
def test_the_limit_is_the_same_as_if_all_were_counted(pieces: list[str], limit: int) -> None:
    short = Shortener(Bounds(max_tokens=limit), ASKED, count=len)
    left = short.feed([text(piece) for piece in pieces])

    whole = "".join(pieces)
    assert told(left) == whole[:limit]
    assert short.reached == (len(whole) > limit)


def test_text_is_not_kept_for_ever_to_be_counted() -> None:
    short = Shortener(Bounds(stop=("END",)), ASKED, count=len)
    for _ in range(3):
        short.feed([text("x" * 1_000_000)])
    [ending] = short.feed([text("END")])

    assert len(short._uncounted) == 0
    assert ending == stopped(3_000_000, "END")
