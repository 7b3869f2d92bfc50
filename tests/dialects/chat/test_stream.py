"""The frames of a streamed chat answer."""

from typing import Any

import pytest

from codex2api.dialects.chat import CHAT
from codex2api.errors import ApiError, Kind
from codex2api.protocol import json
from codex2api.protocol.events import (
    ItemDone,
    PartDone,
    ReasoningDelta,
    ReasoningDone,
    SummaryDelta,
    SummaryDone,
)
from codex2api.protocol.sse import SseDecoder, encode
from tests.dialects.chat.bodies import HEAD, parsed
from tests.dialects.chat.replies import chunks, deltas, payloads
from tests.events import (
    annotation,
    completed,
    created,
    done,
    in_progress,
    incomplete,
    message,
    message_item,
    part_done,
    rate_limits,
    reasoning,
    reasoning_item,
    refused,
    text,
    text_done,
    text_part,
    tool_call,
    url_citation,
    usage,
)

FIRST = {"role": "assistant", "content": "", "refusal": None}
FIRST_WITHOUT_TEXT = FIRST | {"content": None}


def test_a_text_stream_whole() -> None:
    events = [rate_limits(), created(), in_progress(), *message("Hel", "lo"), completed()]
    head = {
        "id": "chatcmpl-0123456789abcdef",
        "object": "chat.completion.chunk",
        "created": 1_790_000_000,
        "model": "gpt-5.5",
    }

    def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return head | {"choices": [choice]}

    assert chunks(events) == [
        chunk(FIRST),
        chunk({"content": "Hel"}),
        chunk({"content": "lo"}),
        chunk({}, "stop"),
    ]


def test_the_greeting_alone_says_nothing() -> None:
    translator = CHAT.translator(parsed(), HEAD)

    assert translator.feed([rate_limits(), created(), in_progress()]) == []


def test_with_usage_every_chunk_speaks_of_it_and_the_last_holds_it() -> None:
    request = parsed(stream=True, stream_options={"include_usage": True})
    ending = completed(usage(1200, 85, cached=1024, reasoned=40))

    *before, last = chunks([*message("hi"), ending], request)

    assert [chunk["usage"] for chunk in before] == [None] * 3
    assert last["choices"] == []
    assert last["usage"] == {
        "prompt_tokens": 1200,
        "completion_tokens": 85,
        "total_tokens": 1285,
        "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 40,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


@pytest.mark.parametrize("options", [None, {}, {"include_usage": False}])
def test_without_usage_no_chunk_speaks_of_it(options: Any) -> None:
    streamed = chunks([*message("hi"), completed()], parsed(stream_options=options))

    assert all("usage" not in chunk for chunk in streamed)
    assert streamed[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_usage_that_the_backend_kept_to_itself_is_not_invented() -> None:
    request = parsed(stream_options={"include_usage": True})

    last = chunks([*message("hi"), completed(usage=None)], request)[-1]

    assert last["choices"][0]["finish_reason"] == "stop"


def test_the_parts_of_a_reasoning_summary_are_parted_by_a_blank_line() -> None:
    events = [*reasoning("AB", "CD"), *message("hi", index=1), completed()]

    assert deltas(events) == [
        FIRST_WITHOUT_TEXT,
        {"reasoning_content": "A"},
        {"reasoning_content": "B"},
        {"reasoning_content": "\n\nC"},
        {"reasoning_content": "D"},
        {"content": "hi"},
        {},
    ]


def test_a_summary_without_deltas_is_made_good() -> None:
    *events, item_done = reasoning("AB", "CD")
    without_deltas = [event for event in events if not isinstance(event, SummaryDelta)]
    without_texts = [event for event in without_deltas if not isinstance(event, SummaryDone)]

    for made_good in (without_deltas, without_texts, [item_done]):
        said = [delta.get("reasoning_content") for delta in deltas([*made_good, completed()])]
        assert said == [None, "AB", "\n\nCD", None]


def test_a_raw_chain_of_thought_is_reasoning_too() -> None:
    where = {"item_id": "rs_0", "output_index": 0, "content_index": 0}
    part = {"type": "reasoning_text", "text": "hm, yes"}
    begun = ReasoningDelta(delta="hm", **where)
    item = reasoning_item() | {"content": [part]}

    for made_good in (
        ReasoningDone(text="hm, yes", **where),
        PartDone(part=part, **where),
        done(item),
    ):
        said = [delta.get("reasoning_content") for delta in deltas([begun, made_good, completed()])]
        assert said == [None, "hm", ", yes", None]


def test_parts_of_an_unknown_kind_are_no_news() -> None:
    assert deltas([part_done({"type": "hologram"}), completed()]) == [FIRST, {}]


def test_parts_of_one_message_are_not_parted() -> None:
    events = [text("a"), text("b", part=1), text("c"), text("d", index=1), completed()]

    said = [delta.get("content") for delta in deltas(events)]

    assert said == ["", "a", "b", "c", "\n\nd", None]


def test_text_without_deltas_is_made_good() -> None:
    for made_good in (text_done("hello"), *message("hello")[-2:]):
        assert deltas([text("hel"), made_good, completed()])[1:] == [
            {"content": "hel"},
            {"content": "lo"},
            {},
        ]


def test_commentary_and_final_answer_are_parted_by_a_blank_line() -> None:
    events = [
        *message("Let me see.", phase="commentary"),
        *tool_call("add", "{}", index=1),
        *message("It", " is 3.", index=2, phase="final_answer"),
        completed(),
    ]

    said = [delta["content"] for delta in deltas(events) if delta.get("content")]

    assert said == ["Let me see.", "\n\nIt", " is 3."]


def test_citations_come_once_and_count_from_the_beginning_of_the_content() -> None:
    cited = url_citation(start=1, end=3)
    other_kind = {"type": "file_citation", "file_id": "f"}
    events = [
        *message("12345"),
        text("abcd", 1),
        annotation(cited, 1),
        *message("abcd", index=1, annotations=[cited, other_kind])[-2:],
        completed(),
    ]

    told = [delta for delta in deltas(events) if "annotations" in delta]

    citation = {
        "start_index": 8,
        "end_index": 10,
        "url": "https://example.com/a",
        "title": "A",
    }
    assert told == [{"annotations": [{"type": "url_citation", "url_citation": citation}]}]


def test_a_refusal() -> None:
    streamed = chunks([*refused("I ", "won't."), completed()])

    assert [chunk["choices"][0]["delta"] for chunk in streamed] == [
        FIRST_WITHOUT_TEXT,
        {"refusal": "I "},
        {"refusal": "won't."},
        {},
    ]
    assert streamed[-1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("max_output_tokens", "length"),
        ("content_filter", "content_filter"),
        ("interrupted", "length"),
    ],
)
def test_an_answer_cut_short_says_why(reason: str, told: str) -> None:
    streamed = chunks([*tool_call("add", "{}"), incomplete(reason)])

    assert streamed[-1]["choices"][0]["finish_reason"] == told


def test_an_empty_answer_is_an_answer() -> None:
    assert deltas([created(), completed()]) == [FIRST, {}]


def test_an_output_in_the_ending_is_used_when_nothing_came_before() -> None:
    ending = completed(output=[message_item([text_part("hi")])])

    assert deltas([created(), ending]) == [FIRST, {"content": "hi"}, {}]


def test_the_tier_is_told_when_the_backend_tells_it() -> None:
    streamed = chunks([*message("hi"), completed(service_tier="priority")])

    assert streamed[-1]["service_tier"] == "priority"
    assert "service_tier" not in streamed[0]


def test_a_cut_stream_is_never_shown_as_finished() -> None:
    translator = CHAT.translator(parsed(), HEAD)
    frames = translator.feed([created(), *message("hi")])

    with pytest.raises(ApiError) as caught:
        translator.close()

    assert caught.value.kind is Kind.UPSTREAM_UNAVAILABLE
    assert b"[DONE]" not in encode(frames)
    assert b'"finish_reason":"' not in encode(frames)


def test_a_failure_is_one_error_frame_and_the_last() -> None:
    translator = CHAT.translator(parsed(), HEAD)
    translator.feed([text("hi")])
    error = ApiError(Kind.OVERLOADED, "Too busy.")

    [payload] = SseDecoder().feed(encode(translator.fail(error)))

    assert json.decode(payload) == {
        "error": {
            "message": "Too busy.",
            "type": "server_error",
            "param": None,
            "code": "server_is_overloaded",
        }
    }
    assert translator.feed([text("more"), completed()]) == []
    assert list(translator.fail(error)) == []


def test_after_the_end_nothing_is_said() -> None:
    translator = CHAT.translator(parsed(), HEAD)
    translator.feed([*message("hi"), completed()])

    assert translator.feed([text("more"), *tool_call("add"), completed()]) == []
    assert [bytes(frame.data) for frame in translator.close()] == [b"[DONE]"]
    assert translator.fail(ApiError(Kind.INTERNAL, "Late.")) == []


def test_items_without_content_are_no_news() -> None:
    empty = ItemDone(output_index=0, item={"type": "message", "content": None})
    hidden = ItemDone(output_index=1, item={"type": "reasoning", "summary": None})

    assert deltas([empty, hidden, completed()]) == [FIRST, {}]


def test_the_beginning_of_a_summary_part_is_no_news() -> None:
    assert deltas([reasoning("a")[1], completed()]) == [FIRST, {}]


def test_empty_deltas_are_no_frames() -> None:
    assert deltas([text(""), text("a"), text(""), completed()]) == [FIRST, {"content": "a"}, {}]


def test_odd_characters_survive() -> None:
    odd = '\u2028"\\\n\u0000🙂'

    assert deltas([text("a"), text(odd), completed()])[2] == {"content": odd}


def test_a_model_name_with_quotes_does_not_break_the_frames() -> None:
    request = parsed(model='""')
    head = type(HEAD)(id="x", created=1, model='a""b')
    translator = CHAT.translator(request, head)

    frames = translator.feed([text("a"), text("b"), completed()])

    data = SseDecoder().feed(encode(frames))[:-1]
    assert {json.decode(payload)["model"] for payload in data} == {'a""b'}


def test_the_same_events_give_the_same_bytes() -> None:
    events = [*reasoning("a"), *message("hi", index=1), *tool_call("f", "{}", index=2), completed()]

    assert payloads(events) == payloads(events)
