"""The whole reply."""

import pytest

from tests.dialects.chat.bodies import ADD, parsed
from tests.dialects.chat.replies import whole
from tests.events import (
    completed,
    created,
    custom_call,
    incomplete,
    message,
    reasoning,
    refused,
    tool_call,
    url_citation,
    usage,
    web_search,
)


def test_a_whole_reply() -> None:
    events = [
        created(),
        *reasoning("First.", "Second."),
        *web_search(index=1),
        *message("Hello.", index=2, annotations=[url_citation()]),
        *tool_call("add", '{"a":1}', index=3),
        *custom_call("sql", "select 1", index=4),
        completed(usage(1200, 85, cached=1024, reasoned=40), service_tier="default"),
    ]

    assert whole(events) == {
        "id": "chatcmpl-0123456789abcdef",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": "gpt-5.5",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "Hello.",
                    "refusal": None,
                    "reasoning_content": "First.\n\nSecond.",
                    "tool_calls": [
                        {
                            "id": "call_3",
                            "type": "function",
                            "function": {"name": "add", "arguments": '{"a":1}'},
                        },
                        {
                            "id": "call_4",
                            "type": "custom",
                            "custom": {"name": "sql", "input": "select 1"},
                        },
                    ],
                    "annotations": [
                        {
                            "type": "url_citation",
                            "url_citation": {
                                "start_index": 0,
                                "end_index": 2,
                                "url": "https://example.com/a",
                                "title": "A",
                            },
                        }
                    ],
                },
                "logprobs": None,
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {
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
        },
        "service_tier": "default",
    }


def test_an_answer_of_calls_alone_has_null_content() -> None:
    [choice] = whole([*tool_call("add", "{}"), completed()])["choices"]

    assert choice["message"]["content"] is None


def test_an_empty_answer_has_empty_content() -> None:
    [choice] = whole([created(), completed()])["choices"]

    assert choice["message"] == {
        "role": "assistant",
        "content": "",
        "refusal": None,
        "annotations": [],
    }


def test_a_refusal() -> None:
    [choice] = whole([*refused("No."), completed()])["choices"]

    assert (choice["message"]["content"], choice["message"]["refusal"]) == (None, "No.")
    assert choice["finish_reason"] == "stop"


def test_who_knows_functions_only_is_answered_with_one_function_call() -> None:
    events = [*tool_call("add", "{}"), *tool_call("add", "[]", index=1), completed()]

    [choice] = whole(events, parsed(functions=[ADD["function"]]))["choices"]

    assert choice["message"]["function_call"] == {"name": "add", "arguments": "{}"}
    assert "tool_calls" not in choice["message"]
    assert choice["finish_reason"] == "function_call"


@pytest.mark.parametrize(
    ("reason", "told"), [("max_output_tokens", "length"), ("content_filter", "content_filter")]
)
def test_an_answer_cut_short_says_why(reason: str, told: str) -> None:
    [choice] = whole([*message("Hel")[:3], incomplete(reason)])["choices"]

    assert (choice["message"]["content"], choice["finish_reason"]) == ("Hel", told)


def test_a_usage_that_the_backend_kept_to_itself_is_not_invented() -> None:
    assert "usage" not in whole([*message("hi"), completed(usage=None)])


def test_a_usage_without_a_total_is_summed() -> None:
    tokens = usage(5, 7)
    tokens.total_tokens = None

    assert whole([*message("hi"), completed(tokens)])["usage"]["total_tokens"] == 12
