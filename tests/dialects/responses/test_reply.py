from typing import Any

import pytest

from codex2api.dialects.responses.reply import ResponsesTranslator
from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import (
    Completed,
    Incomplete,
    Queued,
    ReasoningDelta,
    Response,
    UpstreamEvent,
)
from tests.dialects.responses.requests import HEAD, request
from tests.dialects.responses.streams import kinds, stream, whole
from tests.events import (
    added,
    annotation,
    arguments,
    call_item,
    completed,
    created,
    done,
    in_progress,
    incomplete,
    message,
    message_item,
    part_added,
    part_done,
    rate_limits,
    refusal,
    text,
    text_part,
    tool_call,
    url_citation,
    usage,
)


def test_a_plain_answer() -> None:
    payloads = stream([created(), in_progress(), *message("Hel", "lo"), completed()])
    assert kinds(payloads) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert payloads[2]["item"] == {
        "id": "msg_0",
        "type": "message",
        "role": "assistant",
        "status": "in_progress",
        "content": [],
    }
    assert payloads[4] == {
        "type": "response.output_text.delta",
        "sequence_number": 4,
        "item_id": "msg_0",
        "output_index": 0,
        "content_index": 0,
        "delta": "Hel",
        "logprobs": [],
    }
    assert payloads[-1]["response"]["output"] == [message_item([text_part("Hello")])]


def test_the_response_object_echoes_the_request() -> None:
    tool = {"type": "function", "name": "add"}
    answer = whole(
        [created(), *message("hi"), completed(usage(10, 2, cached=4, reasoned=1))],
        instructions="Be brief.",
        tools=[tool],
        tool_choice="required",
        parallel_tool_calls=False,
        reasoning={"effort": "low", "generate_summary": "auto"},
        text={"verbosity": "low", "format": {"type": "json_object"}},
        metadata={"a": "b"},
        max_output_tokens=100,
        temperature=0.2,
        top_p=0.5,
        store=True,
        prompt_cache_key="key",
        safety_identifier="s",
        user="u",
    )
    assert answer == {
        "id": f"resp_{HEAD.id}",
        "object": "response",
        "created_at": HEAD.created,
        "status": "completed",
        "background": False,
        "conversation": None,
        "error": None,
        "incomplete_details": None,
        "instructions": "Be brief.",
        "max_output_tokens": 100,
        "max_tool_calls": None,
        "metadata": {"a": "b"},
        "model": HEAD.model,
        "output": [message_item([text_part("hi")])],
        "parallel_tool_calls": False,
        "previous_response_id": None,
        "prompt_cache_key": "key",
        "reasoning": {"effort": "low", "summary": "auto"},
        "safety_identifier": "s",
        "service_tier": "default",
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "json_object"}, "verbosity": "low"},
        "tool_choice": "required",
        "tools": [tool | {"description": None, "parameters": None, "strict": None}],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": {
            "input_tokens": 10,
            "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
            "output_tokens": 2,
            "output_tokens_details": {"reasoning_tokens": 1},
            "total_tokens": 12,
        },
        "user": "u",
    }


def test_the_greeting_has_the_whole_object_but_no_output() -> None:
    first, *_ = stream([created()], instructions="i")
    answer = whole([created(), completed()], instructions="i")
    del answer["usage"]
    assert first["response"] == answer | {"status": "in_progress", "output": []}


@pytest.mark.parametrize(
    "first",
    [
        in_progress(),
        Queued(response=Response(id="resp_1")),
        added(message_item([])),
        text("hi"),
        completed(),
    ],
)
def test_the_greeting_comes_first_whatever_the_backend_does(first: UpstreamEvent) -> None:
    payloads = stream([rate_limits(), first])
    assert payloads[0]["type"] == "response.created"
    assert payloads[0]["response"]["status"] == "in_progress"


def test_the_greeting_comes_once() -> None:
    assert kinds(stream([created(), created(), completed()])) == ["created", "completed"]


def test_without_an_id_from_the_backend_the_answer_has_ours() -> None:
    payloads = stream([text("hi"), completed()])
    assert {p["response"]["id"] for p in payloads if "response" in p} == {"resp_abc"}


def test_done_without_deltas_needs_none() -> None:
    payloads = stream([created(), *tool_call("add", {"a": 1}, deltas=False), completed()])
    assert kinds(payloads) == [
        "created",
        "output_item.added",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]


def test_an_item_known_by_its_end_only_gets_a_beginning() -> None:
    payloads = stream([created(), done(message_item([text_part("hi")])), completed()])
    assert kinds(payloads) == ["created", "output_item.added", "output_item.done", "completed"]
    assert payloads[1]["item"] == message_item([]) | {"status": "in_progress"}


def test_an_item_known_by_the_terminal_event_only_is_sent() -> None:
    item = message_item([text_part("hi")])
    payloads = stream([created(), completed(output=[item])])
    assert kinds(payloads) == ["created", "output_item.added", "output_item.done", "completed"]
    assert payloads[2]["item"] == item
    assert payloads[-1]["response"]["output"] == [item]


def test_what_comes_before_its_item_waits_for_it() -> None:
    item = message_item([text_part("hi")])
    payloads = stream([created(), part_added(), text("hi"), added(item), done(item), completed()])
    assert kinds(payloads) == [
        "created",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_item.done",
        "completed",
    ]


def test_text_of_a_part_that_never_began_gets_a_beginning() -> None:
    item = message_item([text_part("hi")])
    payloads = stream([created(), added(item), text("hi"), part_added(), done(item), completed()])
    assert kinds(payloads)[1:-2] == [
        "output_item.added",
        "content_part.added",
        "output_text.delta",
    ]
    assert payloads[2]["part"] == text_part("")


@pytest.mark.parametrize(
    ("event", "part"),
    [
        (refusal("no"), {"type": "refusal", "refusal": ""}),
        (part_done({"type": "refusal", "refusal": "no"}), {"type": "refusal", "refusal": ""}),
        (part_done(text_part("hi")), text_part("")),
        (annotation(url_citation()), text_part("")),
        (
            ReasoningDelta(item_id="rs_0", delta="hm"),
            {"type": "reasoning_text", "text": ""},
        ),
    ],
)
def test_the_beginning_of_a_part_fits_what_follows(
    event: UpstreamEvent, part: dict[str, Any]
) -> None:
    payloads = stream([created(), added(message_item([])), event])
    assert kinds(payloads)[2] == "content_part.added"
    assert payloads[2]["part"] == part
    assert payloads[3]["type"] == event.type


def test_an_item_that_begins_twice_is_shown_once() -> None:
    item = message_item([text_part("hi")])
    payloads = stream([created(), added(item), added(item), done(item), done(item), completed()])
    assert kinds(payloads) == ["created", "output_item.added", "output_item.done", "completed"]


def test_deltas_after_the_item_are_left_out() -> None:
    payloads = stream([created(), *message("hi"), text("hi"), added(message_item([])), completed()])
    assert kinds(payloads).count("output_text.delta") == 1
    assert kinds(payloads).count("output_item.added") == 1


def test_an_early_end_shows_what_there_is() -> None:
    events = [created(), *message("hi")[:3], added(call_item("f", index=1), 1), arguments("{", 1)]
    payloads = stream([*events, incomplete()])
    output = payloads[-1]["response"]["output"]
    assert payloads[-1]["type"] == "response.incomplete"
    assert payloads[-1]["response"]["status"] == "incomplete"
    assert payloads[-1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert output == [
        message_item([text_part("hi")]) | {"status": "incomplete"},
        call_item("f", "{", 1) | {"status": "incomplete"},
    ]
    assert [p["item"] for p in payloads[-3:-1]] == output


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (Incomplete(response=Response()), "incomplete"),
        (Completed(response=Response()), "completed"),
    ],
)
def test_the_event_says_how_it_ended(ending: Completed | Incomplete, status: str) -> None:
    payloads = stream([created(), ending])
    assert payloads[-1]["type"] == f"response.{status}"
    assert payloads[-1]["response"]["status"] == status
    assert whole([created(), ending])["status"] == status


def test_missing_usage_is_zeros() -> None:
    assert whole([Completed(response=Response(id="resp_1"))])["usage"]["total_tokens"] == 0


def test_items_without_an_id_get_one() -> None:
    item = {"type": "message", "role": "assistant", "content": []}
    payloads = stream([created(), done(item), completed()])
    assert {p["item"]["id"] for p in payloads if "item" in p} == {"msg_abc_0"}
    assert payloads[-1]["response"]["output"][0]["id"] == "msg_abc_0"


def test_nothing_follows_the_end() -> None:
    late = [*message("late", index=1), completed(), in_progress(), text("x")]
    assert kinds(stream([created(), completed(), *late])) == ["created", "completed"]


def test_a_finished_stream_closes_quietly() -> None:
    translator = ResponsesTranslator(request(), HEAD)
    translator.feed([created(), completed()])
    assert list(translator.close()) == []
    assert list(translator.fail(ApiError(Kind.INTERNAL, "Too late."))) == []
