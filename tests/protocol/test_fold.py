"""The whole answer out of a stream."""

import pytest
from hypothesis import given, strategies as st

from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import (
    ArgumentsDone,
    CustomInputDone,
    ItemDone,
    PartDone,
    ReasoningDelta,
    ReasoningDone,
    RefusalDone,
    SummaryDone,
    SummaryPartDone,
    TextDone,
    UpstreamEvent,
)
from codex2api.protocol.fold import Fold, fold
from codex2api.protocol.items import Item
from tests.events import (
    added,
    annotation,
    arguments,
    call_item,
    completed,
    created,
    custom_call,
    custom_item,
    in_progress,
    incomplete,
    message,
    message_item,
    part_added,
    rate_limits,
    reasoning,
    reasoning_item,
    refused,
    text,
    text_done,
    text_part,
    tool_call,
    url_citation,
    web_search,
)

WHOLES = (
    ArgumentsDone,
    CustomInputDone,
    ItemDone,
    PartDone,
    ReasoningDone,
    RefusalDone,
    SummaryDone,
    SummaryPartDone,
    TextDone,
)
"""Events that say once more what deltas said."""

DELTAS = st.lists(st.text(min_size=1, max_size=5), max_size=4)


@st.composite
def items(draw: st.DrawFn, index: int) -> list[UpstreamEvent]:
    kind = draw(st.sampled_from(["message", "refusal", "reasoning", "call", "custom"]))
    deltas = draw(DELTAS)
    match kind:
        case "message":
            return message(*deltas, index=index, annotations=[url_citation()])
        case "refusal":
            return refused(*deltas, index=index)
        case "reasoning":
            return reasoning(*deltas, index=index)
        case "call":
            return tool_call("f", "".join(deltas), index=index)
        case _:
            return custom_call("c", "".join(deltas), index=index)


@st.composite
def streams(draw: st.DrawFn) -> list[UpstreamEvent]:
    count = draw(st.integers(0, 4))
    return [event for index in range(count) for event in draw(items(index))]


def plain(output: list[Item] | None) -> list[Item]:
    """Items without what only the backend's own ``done`` can know."""
    unknown = {"status", "encrypted_content"}
    cleaned = []
    for item in output or []:
        kept = {key: value for key, value in item.items() if key not in unknown}
        if "content" in kept:
            kept["content"] = [
                {key: value for key, value in part.items() if key != "logprobs"}
                for part in kept["content"]
            ]
        cleaned.append(kept)
    return cleaned


@given(streams())
def test_deltas_alone_say_what_the_done_events_say(events: list[UpstreamEvent]) -> None:
    deltas = [event for event in events if not isinstance(event, WHOLES)]

    assert plain(fold([*deltas, incomplete()]).output) == plain(
        fold([*events, incomplete()]).output
    )


@given(streams())
def test_wholes_without_items_say_it_too(events: list[UpstreamEvent]) -> None:
    without_items = [event for event in events if not isinstance(event, ItemDone)]

    assert plain(fold([*without_items, completed()]).output) == plain(
        fold([*events, completed()]).output
    )


@given(streams())
def test_done_items_are_kept_as_they_are(events: list[UpstreamEvent]) -> None:
    done = [event.item for event in events if isinstance(event, ItemDone)]

    assert fold([created(), *events, completed()]).output == done


@given(streams(), st.data())
def test_the_order_of_arrival_does_not_matter(
    events: list[UpstreamEvent], data: st.DataObject
) -> None:
    lanes: dict[int, list[UpstreamEvent]] = {}
    for event in events:
        lanes.setdefault(event.output_index, []).append(event)  # type: ignore[union-attr]
    mixed = []
    while lanes:
        index = data.draw(st.sampled_from(sorted(lanes)))
        mixed.append(lanes[index].pop(0))
        if not lanes[index]:
            del lanes[index]

    assert fold([*mixed, completed()]) == fold([*events, completed()])


def test_a_cut_stream_has_no_answer() -> None:
    with pytest.raises(ApiError) as caught:
        fold([created(), *message("hi")])

    assert caught.value.kind is Kind.UPSTREAM_UNAVAILABLE


def test_events_after_the_end_are_ignored() -> None:
    ended = fold([*message("hi"), completed()])

    assert fold([*message("hi"), completed(), *message("more", index=1), incomplete()]) == ended


def test_the_greeting_lends_what_the_ending_lacks() -> None:
    answer = fold(
        [rate_limits(), created("gpt-5.5"), in_progress("gpt-5.5"), completed(model=None)]
    )

    assert (answer.id, answer.model, answer.status) == ("resp_1", "gpt-5.5", "completed")


def test_an_output_in_the_ending_is_used_when_no_item_came() -> None:
    item = message_item([text_part("hi")])

    assert fold([created(), completed(output=[item])]).output == [item]


def test_collected_items_go_before_an_output_in_the_ending() -> None:
    other = message_item([text_part("other")])

    answer = fold([*message("hi"), completed(output=[other])])

    assert answer.output == [message_item([text_part("hi")])]


def test_items_come_in_the_order_of_their_index() -> None:
    answer = fold([*web_search(index=1), *message("hi", index=2), *reasoning("a"), completed()])

    kinds = [item["type"] for item in answer.output or []]
    assert kinds == ["reasoning", "web_search_call", "message"]


def test_what_was_left_unfinished_is_kept_as_incomplete() -> None:
    call = call_item("add", index=1)
    events = [
        added(message_item([])),
        part_added(),
        text("Let me "),
        text("see"),
        annotation(url_citation()),
        added(call, 1),
        arguments('{"a"', 1),
        incomplete(),
    ]

    assert fold(events).output == [
        message_item([text_part("Let me see", [url_citation()])]) | {"status": "incomplete"},
        call | {"arguments": '{"a"', "status": "incomplete"},
    ]


def test_deltas_without_a_beginning_are_a_message() -> None:
    [item] = fold([text("h"), text("i"), incomplete()]).output or []

    assert item["type"] == "message"
    assert item["content"] == [{"type": "output_text", "text": "hi", "annotations": []}]


def test_a_raw_chain_of_thought_is_content_of_its_item() -> None:
    where = {"item_id": "rs_0", "output_index": 0, "content_index": 0}
    begun = added(reasoning_item())
    more = [ReasoningDelta(delta="hm", **where), ReasoningDelta(delta=", yes", **where)]

    [item] = fold([begun, *more, incomplete()]).output or []

    assert item["content"] == [{"type": "reasoning_text", "text": "hm, yes"}]
    assert fold([begun, ReasoningDone(text="hm, yes", **where), incomplete()]).output == [item]


def test_a_custom_call_without_deltas_is_made_good() -> None:
    events = custom_call("patch", "text", deltas=False)[:-1]

    [item] = fold([*events, incomplete()]).output or []

    assert item == custom_item("patch", "text") | {"status": "incomplete"}


def test_news_of_a_done_item_changes_nothing() -> None:
    answer = fold([*message("hi"), text("!"), text_done("hi!"), completed()])

    assert answer.output == [message_item([text_part("hi")])]


def test_the_items_so_far_can_be_asked_for() -> None:
    gathering = Fold()
    for event in message("hi"):
        gathering.feed(event)

    assert gathering.output() == [message_item([text_part("hi")])]
