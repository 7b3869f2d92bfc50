"""What a stream of the Messages API says, event by event."""

from typing import Any

import pytest

from codex2api.dialects.messages import MESSAGES
from codex2api.dialects.messages.stream import PING
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import ReasoningDelta, ReasoningDone, UpstreamEvent
from tests.dialects.messages.bodies import ADD, HEAD, parsed
from tests.dialects.messages.replies import THINKING, streamed, written
from tests.events import (
    added,
    arguments,
    arguments_done,
    call_item,
    completed,
    created,
    done,
    message,
    reasoning_item,
    text,
    tool_call,
)


def kinds(events: list[UpstreamEvent], **fields: Any) -> list[str]:
    return [event["type"] for event in streamed(events, parsed(**fields))]


def test_every_event_has_its_name_on_the_wire() -> None:
    assert written([created(), *message("Hi"), completed()]).decode() == (
        'event: message_start\ndata: {"type":"message_start","message":{"type":"message",'
        '"id":"msg_0123456789abcdef","role":"assistant","model":"gpt-5.5","content":[],'
        '"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,'
        '"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}\n\n'
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
        '"content_block":{"type":"text","text":""}}\n\n'
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
        '"delta":{"type":"text_delta","text":"Hi"}}\n\n'
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
        'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn",'
        '"stop_sequence":null},"usage":{"input_tokens":10,"cache_creation_input_tokens":0,'
        '"cache_read_input_tokens":0,"output_tokens":2,'
        '"output_tokens_details":{"thinking_tokens":0}}}\n\n'
        'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    )
    assert PING == b'event: ping\ndata: {"type":"ping"}\n\n'


def test_an_answer_begins_with_the_first_news() -> None:
    translator = MESSAGES.translator(parsed(), HEAD)

    assert [frame.event for frame in translator.feed([created()])] == ["message_start"]
    assert translator.feed([created()]) == []


def test_many_deltas_are_one_write() -> None:
    translator = MESSAGES.translator(parsed(), HEAD)
    translator.feed([created(), text("a")])

    frames = translator.feed([text("b"), text(""), text("c")])
    assert [frame.packed for frame in frames] == [True]
    assert frames[0].data.count(b"text_delta") == 2


def test_calls_that_take_turns_follow_each_other() -> None:
    items = [call_item("add", {"a": at}, at) for at in (0, 1)]
    events = [
        added(items[0], 0),
        added(items[1], 1),
        arguments('{"a"', 1),
        arguments('{"a":0', 0),
        arguments(":1}", 1),
        arguments_done('{"a":1}', 1),
        done(items[1], 1),
        arguments("}", 0),
        done(items[0], 0),
        completed(),
    ]
    read = streamed(events, parsed(tools=[ADD]))

    told = [
        (event["index"], event["delta"]["partial_json"])
        for event in read
        if event["type"] == "content_block_delta"
    ]
    assert told == [(0, '{"a":0'), (0, "}"), (1, '{"a"'), (1, ":1}")]


def test_a_call_waits_for_its_name() -> None:
    item = call_item("add", {"a": 1})
    early = [arguments('{"a":'), arguments_done('{"a":1}'), done(item), completed()]

    [start, delta] = streamed(early, parsed(tools=[ADD]))[1:3]
    assert start["content_block"]["name"] == "add"
    assert delta["delta"]["partial_json"] == '{"a":1}'


def test_raw_thoughts_are_shown_too() -> None:
    item = reasoning_item() | {"content": [{"type": "reasoning_text", "text": "Hm. So."}]}
    events = [
        added(item),
        ReasoningDelta(delta="Hm."),
        ReasoningDone(text="Hm. So."),
        done(item),
        completed(),
    ]
    read = streamed(events, parsed(thinking=THINKING))

    deltas = [event["delta"] for event in read if event["type"] == "content_block_delta"]
    assert [delta.get("thinking", "") for delta in deltas] == ["Hm.", " So.", ""]
    assert deltas[-1] == {"type": "signature_delta", "signature": "codex2api-1-sealed-0"}


def test_nothing_comes_of_items_that_the_api_does_not_have() -> None:
    image = {"type": "image_generation_call", "id": "ig_0", "result": "x"}

    assert kinds([added(image), done(image), completed()]) == [
        "message_start",
        "message_delta",
        "message_stop",
    ]


def test_an_item_that_changes_its_kind_stays_what_it_was() -> None:
    confused = [added(call_item("add")), text("x"), done(call_item("add")), completed()]

    assert kinds(confused, tools=[ADD])[1:3] == ["content_block_start", "content_block_stop"]


def test_news_of_what_is_done_are_no_news() -> None:
    late = [*message("Hi"), text("more"), *tool_call("add", index=1), completed()]

    assert kinds(late, tools=[ADD]).count("content_block_start") == 2


def test_a_cut_stream_is_an_error() -> None:
    translator = MESSAGES.translator(parsed(), HEAD)
    translator.feed([created(), text("Hi")])

    with pytest.raises(ApiError) as caught:
        translator.close()
    [frame] = translator.fail(caught.value)
    assert (caught.value.kind, frame.event) == (Kind.UPSTREAM_UNAVAILABLE, "error")
    assert translator.feed([text("late")]) == []
