"""Answers of the Messages API, whole; what streams say besides is in ``test_stream``."""

from typing import Any

import pytest

from codex2api.protocol.events import UpstreamEvent
from codex2api.protocol.usage import Usage
from tests.dialects.messages.bodies import ADD, parsed
from tests.dialects.messages.replies import THINKING, added_up, streamed, whole
from tests.events import (
    completed,
    created,
    done,
    incomplete,
    message,
    reasoning,
    refused,
    tool_call,
    url_citation,
    usage,
    web_search,
)

SEALED = "codex2api-1-sealed-0"


def test_a_plain_answer() -> None:
    assert whole([created(), *message("Hel", "lo"), completed(usage(10, 2, cached=4))]) == {
        "id": "msg_0123456789abcdef",
        "type": "message",
        "role": "assistant",
        "model": "gpt-5.5",
        "content": [{"type": "text", "text": "Hello"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 6,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 4,
            "output_tokens": 2,
            "output_tokens_details": {"thinking_tokens": 0},
        },
    }


def test_the_model_is_the_one_that_was_asked_for() -> None:
    request = parsed(model="claude-opus-4-8")
    events = [*message("x"), completed()]

    assert whole(events, request)["model"] == "claude-opus-4-8"
    assert streamed(events, request)[0]["message"]["model"] == "claude-opus-4-8"


def both(events: list[UpstreamEvent], **fields: Any) -> Any:
    """The answer, which has to be the same in both forms."""
    told = whole(events, parsed(**fields))
    assert added_up(streamed(events, parsed(**fields))) == told
    return told


def test_thinking_carries_the_encrypted_reasoning() -> None:
    events = [*reasoning("One.", "Two."), *message("Hi", index=1), completed()]

    [thought, text] = both(events, thinking=THINKING)["content"]
    assert thought == {"type": "thinking", "thinking": "One.\n\nTwo.", "signature": SEALED}
    assert text == {"type": "text", "text": "Hi"}


def test_thinking_without_a_summary_is_redacted() -> None:
    events = [*reasoning(), *message("Hi", index=1), completed()]

    assert both(events, thinking=THINKING)["content"][0] == {
        "type": "redacted_thinking",
        "data": SEALED,
    }


def test_thinking_that_is_to_be_omitted() -> None:
    events = [*reasoning("One."), *message("Hi", index=1), completed()]
    wish = {"type": "adaptive", "display": "omitted"}

    assert both(events, thinking=wish)["content"][0] == {
        "type": "thinking",
        "thinking": "",
        "signature": SEALED,
    }


@pytest.mark.parametrize("wish", [None, {"type": "disabled"}])
def test_thinking_that_nobody_asked_for(wish: Any) -> None:
    events = [*reasoning("One."), *message("Hi", index=1), completed()]

    assert [block["type"] for block in both(events, thinking=wish)["content"]] == ["text"]


def test_parallel_calls() -> None:
    events = [*tool_call("add", {"a": 1}), *tool_call("add", index=1), completed()]
    told = both(events, tools=[ADD])

    assert told["stop_reason"] == "tool_use"
    assert told["content"] == [
        {"type": "tool_use", "id": "call_0", "name": "add", "input": {"a": 1}},
        {"type": "tool_use", "id": "call_1", "name": "add", "input": {}},
    ]


def test_a_search_and_what_it_found() -> None:
    source = {"type": "url", "url": "https://example.com/a"}
    action = {"type": "search", "query": "news", "sources": [source, {"type": "odd"}]}
    searched = {"id": "ws_0", "type": "web_search_call", "status": "completed", "action": action}
    opened = searched | {"id": "ws_1", "action": {"type": "open_page", "url": "x"}}
    cited = message("It rains.", index=2, annotations=[url_citation(start=0, end=2)])
    told = both([done(searched), done(opened, 1), *cited, completed()])

    assert told["content"] == [
        {
            "type": "server_tool_use",
            "id": "srvtoolu_ws_0",
            "name": "web_search",
            "input": {"query": "news"},
        },
        {
            "type": "web_search_tool_result",
            "tool_use_id": "srvtoolu_ws_0",
            "content": [
                {
                    "type": "web_search_result",
                    "url": "https://example.com/a",
                    "title": "https://example.com/a",
                    "encrypted_content": "",
                    "page_age": None,
                }
            ],
        },
        {
            "type": "text",
            "text": "It rains.",
            "citations": [
                {
                    "type": "web_search_result_location",
                    "url": "https://example.com/a",
                    "title": "A",
                    "cited_text": "It",
                    "encrypted_index": "",
                }
            ],
        },
    ]
    assert told["usage"]["server_tool_use"] == {"web_search_requests": 1, "web_fetch_requests": 0}


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([*message("x"), completed()], "end_turn"),
        ([*message("x"), completed(end_turn=False)], "pause_turn"),
        ([*message("x"), incomplete()], "max_tokens"),
        ([*message("x"), incomplete("content_filter")], "refusal"),
        ([*refused("No."), completed()], "refusal"),
        ([*tool_call("add"), completed()], "tool_use"),
        ([*tool_call("add"), incomplete()], "max_tokens"),
        ([*web_search(), completed()], "end_turn"),
        ([completed()], "end_turn"),
    ],
)
def test_stop_reasons(events: list[UpstreamEvent], reason: str) -> None:
    told = both(events, tools=[ADD])

    assert (told["stop_reason"], told["stop_sequence"]) == (reason, None)


def test_the_event_says_how_it_ended_where_the_object_says_nothing() -> None:
    end = incomplete()
    end.response.status = None
    assert both([*message("x"), end])["stop_reason"] == "max_tokens"


def test_the_stop_sequence_is_told() -> None:
    told = both([*message("x"), completed(stopped_at="END")])

    assert (told["stop_reason"], told["stop_sequence"]) == ("stop_sequence", "END")


def test_a_cost_that_nobody_knows() -> None:
    end = completed()
    end.response.usage = None
    assert both([*message("x"), end])["usage"] == {
        "input_tokens": 0,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": 0,
    }
    assert (
        both([completed(Usage(input_tokens=None, output_tokens=None))])["usage"]["input_tokens"]
        == 0
    )


def test_an_answer_that_only_its_end_tells() -> None:
    item = {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}

    assert both([created(), completed(output=[item])])["content"] == [
        {"type": "text", "text": "Hi"}
    ]
