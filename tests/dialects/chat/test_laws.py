"""Laws: the stream adds up to the reply, ends once, and is the same every time."""

import re
from typing import Any

from hypothesis import given, strategies as st

from codex2api.dialects.chat import CHAT
from codex2api.dialects.chat.schema import ChatRequest
from codex2api.dialects.reasoning import ReasoningStyle
from codex2api.protocol import json
from codex2api.protocol.events import (
    ArgumentsDelta,
    CustomInputDelta,
    ItemAdded,
    ItemDone,
    RefusalDelta,
    SummaryDelta,
    TextDelta,
    UpstreamEvent,
)
from codex2api.protocol.fold import fold
from codex2api.protocol.sse import SseDecoder, encode
from tests.dialects.chat.bodies import ADD, HEAD, parsed, styled
from tests.dialects.chat.replies import DONE, added_up, chunks, payloads, whole
from tests.events import (
    completed,
    created,
    custom_call,
    incomplete,
    message,
    rate_limits,
    reasoning,
    refused,
    tool_call,
    url_citation,
    web_search,
)

DELTAS = (TextDelta, RefusalDelta, SummaryDelta, ArgumentsDelta, CustomInputDelta)
TEXTS = st.lists(st.text(max_size=4), max_size=4)

REQUESTS = st.sampled_from(
    [
        parsed(stream=True, stream_options={"include_usage": True}),
        parsed(stream=True, stream_options={"include_usage": True}, functions=[ADD["function"]]),
    ]
)


@st.composite
def spoken_items(draw: st.DrawFn, index: int) -> list[UpstreamEvent]:
    texts = draw(TEXTS)
    match draw(st.sampled_from(["message", "refusal", "reasoning", "search"])):
        case "message":
            cited = draw(st.lists(st.builds(url_citation, start=st.integers(0, 9)), max_size=2))
            return message(*texts, index=index, annotations=cited)
        case "refusal":
            return refused(*texts, index=index)
        case "reasoning":
            return reasoning(*texts, index=index)
        case _:
            return web_search(index=index)


@st.composite
def called_items(draw: st.DrawFn, first: int) -> list[UpstreamEvent]:
    """Parallel calls: begun in order, then mixed in any way."""
    lanes = [
        draw(st.sampled_from([tool_call, custom_call]))("f", "".join(draw(TEXTS)), index=index)
        for index in range(first, first + draw(st.integers(1, 3)))
    ]
    mixed = [lane.pop(0) for lane in lanes]
    while lanes := [lane for lane in lanes if lane]:
        mixed.append(draw(st.sampled_from(lanes)).pop(0))
    return mixed


@st.composite
def outputs(draw: st.DrawFn) -> list[UpstreamEvent]:
    events: list[UpstreamEvent] = [rate_limits(), created()]
    index = 0
    for _ in range(draw(st.integers(0, 4))):
        group = draw(st.one_of(spoken_items(index), called_items(index)))
        events += group
        index = 1 + max(event.output_index for event in group)  # type: ignore[union-attr]
    return events


ITEMS = (ItemAdded, ItemDone)


@st.composite
def finished_answers(draw: st.DrawFn) -> list[UpstreamEvent]:
    """Answers told by deltas, by wholes or by both, and told by nothing but items at last."""
    events = draw(outputs())
    silent_from = draw(st.integers(0, len(events)))
    deltas, wholes = draw(st.sampled_from([(True, True), (True, False), (False, True)]))
    told = [
        event
        for position, event in enumerate(events)
        if isinstance(event, ITEMS)
        or (position < silent_from and (deltas if isinstance(event, DELTAS) else wholes))
    ]
    return [*told, completed()]


@st.composite
def cut_answers(draw: st.DrawFn) -> list[UpstreamEvent]:
    """Answers that ended early, anywhere."""
    events = draw(outputs())
    return [*events[: draw(st.integers(0, len(events)))], incomplete()]


def answers() -> st.SearchStrategy[list[UpstreamEvent]]:
    return finished_answers() | cut_answers()


@given(answers(), REQUESTS, st.sampled_from(ReasoningStyle))
def test_the_stream_adds_up_to_the_reply(
    events: list[UpstreamEvent], request: ChatRequest, style: ReasoningStyle
) -> None:
    head = styled(style)
    assert added_up(chunks(events, request, head)) == whole(events, request, head)


@given(answers(), REQUESTS)
def test_every_tag_is_closed_and_nothing_else_changes(
    events: list[UpstreamEvent], request: ChatRequest
) -> None:
    [plain] = whole(events, request)["choices"]
    [tagged] = whole(events, request, styled(ReasoningStyle.THINK_TAGS))["choices"]

    told = tagged["message"].get("content") or ""
    rest = re.sub(r"<think>.*?</think>(\n\n)?", "", told, flags=re.DOTALL)
    assert "think>" not in rest
    assert rest.replace("\n", "") == (plain["message"]["content"] or "").replace("\n", "")
    for field in ("tool_calls", "function_call", "refusal"):
        assert tagged["message"].get(field) == plain["message"].get(field)
    assert "reasoning_content" not in tagged["message"]


@given(answers(), REQUESTS)
def test_every_stream_begins_and_ends_once(
    events: list[UpstreamEvent], request: ChatRequest
) -> None:
    read = payloads([*events, *message("late", index=9), completed()], request)

    assert read.count(DONE) == 1
    assert read[-1] == DONE
    streamed = chunks(events, request)
    choices = [chunk["choices"][0] for chunk in streamed if chunk["choices"]]
    assert [choice["finish_reason"] is not None for choice in choices].count(True) == 1
    assert choices[-1]["finish_reason"] is not None
    assert ["role" in choice["delta"] for choice in choices] == [True] + [False] * (
        len(choices) - 1
    )


@given(answers(), REQUESTS)
def test_calls_are_numbered_in_the_order_of_their_appearance(
    events: list[UpstreamEvent], request: ChatRequest
) -> None:
    begun: list[Any] = [
        call["index"]
        for chunk in chunks(events, request)
        for choice in chunk["choices"]
        for call in choice["delta"].get("tool_calls", ())
        if "id" in call
    ]

    assert begun == list(range(len(begun)))


@given(answers(), REQUESTS)
def test_the_same_events_give_the_same_bytes(
    events: list[UpstreamEvent], request: ChatRequest
) -> None:
    assert payloads(events, request) == payloads(events, request)


@given(st.lists(answers(), min_size=2, max_size=3), st.data())
def test_choices_that_take_turns_add_up_to_the_reply(
    told: list[list[UpstreamEvent]], data: st.DataObject
) -> None:
    request = parsed(stream=True, n=len(told), stream_options={"include_usage": True})
    translator = CHAT.translator(request, HEAD)
    turns = data.draw(
        st.permutations([choice for choice, events in enumerate(told) for _ in events])
    )
    waiting = [list(events) for events in told]
    frames = [
        frame for choice in turns for frame in translator.feed([waiting[choice].pop(0)], choice)
    ]
    *read, last = SseDecoder().feed(encode([*frames, *translator.close()]))
    streamed = [json.decode(payload) for payload in read]
    whole_reply = json.decode(
        json.encode(CHAT.reply(request, HEAD, [fold(events) for events in told]))
    )

    assert last == DONE
    for choice in whole_reply["choices"]:
        own = [
            chunk | {"choices": [one]}
            for chunk in streamed
            for one in chunk["choices"]
            if one["index"] == choice["index"]
        ]
        [added] = added_up(own)["choices"]
        assert added | {"index": choice["index"]} == choice
    assert [chunk["usage"] for chunk in streamed if chunk["usage"]] == [whole_reply["usage"]]
