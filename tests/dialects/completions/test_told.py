"""Replies and chunks, as they are on the wire."""

from typing import Any

import pytest
from openai.types import Completion

from codex2api.dialects.completions import COMPLETIONS
from codex2api.errors import ApiError, Kind
from codex2api.protocol import json
from codex2api.protocol.sse import SseDecoder, encode
from tests.conformance.published import check_answer
from tests.dialects.completions.told import DONE, HEAD, chunks, parsed, payloads, whole
from tests.events import (
    completed,
    created,
    done,
    incomplete,
    message,
    message_item,
    reasoning,
    refused,
    text,
    text_part,
    usage,
)

ANSWER = [created(), *reasoning("hm"), *message("upon", " a time", index=1), completed()]
USAGE = {
    "prompt_tokens": 10,
    "completion_tokens": 2,
    "total_tokens": 12,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}


def chunk(words: str, reason: str | None = None, index: int = 0) -> dict[str, Any]:
    choice = {"text": words, "index": index, "logprobs": None, "finish_reason": reason}
    return envelope([choice])


def envelope(choices: list[Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "cmpl-0123456789abcdef",
        "object": "text_completion",
        "created": 1_790_000_000,
        "model": "gpt-5.5",
        "choices": choices,
    } | more


def test_a_whole_reply() -> None:
    reply = whole([ANSWER], parsed())

    assert reply == chunk("upon a time", "stop") | {"usage": USAGE}
    check_answer(reply, "/completions", "post")
    assert Completion.model_validate(reply, strict=True).to_dict() == reply


def test_a_stream() -> None:
    told = chunks([ANSWER], parsed(stream=True))

    assert told == [chunk("upon"), chunk(" a time"), chunk("", "stop")]


def test_the_usage_of_a_stream_comes_in_a_chunk_of_its_own() -> None:
    told = chunks([ANSWER], parsed(stream=True, stream_options={"include_usage": True}))

    pieces = [chunk("upon"), chunk(" a time"), chunk("", "stop")]
    assert told == [*(piece | {"usage": None} for piece in pieces), envelope([], usage=USAGE)]


def test_echo_puts_the_prompt_first() -> None:
    request = parsed(prompt=["Once ", "Twice "], echo=True)
    answers = [[*message("a"), completed()], [*message("b"), completed()]]

    assert chunks(answers, request) == [
        chunk("Once "),
        chunk("Twice ", index=1),
        chunk("a"),
        chunk("b", index=1),
        chunk("", "stop"),
        chunk("", "stop", index=1),
    ]
    assert [choice["text"] for choice in whole(answers, request)["choices"]] == [
        "Once a",
        "Twice b",
    ]


def test_echo_of_an_answer_that_says_nothing() -> None:
    assert chunks([[completed()]], parsed(echo=True)) == [chunk("Once"), chunk("", "stop")]


def test_choices_go_prompt_by_prompt_and_their_usage_is_added_up() -> None:
    request = parsed(prompt=["p", "q"], n=2)
    answers = [
        [*message(word), completed(usage(prompt=5, answer=number))]
        for number, word in enumerate(("p1", "p2", "q1", "q2"))
    ]

    reply = whole(answers, request)

    told = [(choice["index"], choice["text"]) for choice in reply["choices"]]
    assert told == [(0, "p1"), (1, "p2"), (2, "q1"), (3, "q2")]
    assert (reply["usage"]["prompt_tokens"], reply["usage"]["completion_tokens"]) == (20, 6)


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (completed(), "stop"),
        (incomplete("max_output_tokens"), "length"),
        (incomplete("content_filter"), "content_filter"),
    ],
)
def test_why_a_text_ends(ending: Any, reason: str) -> None:
    events = [text("x"), ending]

    assert chunks([events], parsed())[-1] == chunk("", reason)
    assert whole([events], parsed())["choices"][0]["finish_reason"] == reason


def test_a_refusal_is_text() -> None:
    events = [*refused("No", "."), completed()]

    assert chunks([events], parsed()) == [chunk("No"), chunk("."), chunk("", "stop")]
    assert whole([events], parsed())["choices"][0]["text"] == "No."


def test_text_that_is_told_whole_only() -> None:
    item = message_item([text_part("all at once")])

    for events in ([done(item), completed()], [completed(output=[item])]):
        assert chunks([events], parsed()) == [chunk("all at once"), chunk("", "stop")]


def test_nothing_follows_the_end() -> None:
    read = payloads([[*message("x"), completed(), *message("late", index=3)]], parsed())

    assert read[-1] == DONE
    assert not any(b"late" in payload for payload in read)


def test_a_cut_answer_is_no_answer() -> None:
    with pytest.raises(ApiError) as caught:
        payloads([[*message("x"), completed()], [text("x")]], parsed(n=2))

    assert caught.value.kind is Kind.UPSTREAM_UNAVAILABLE


def test_a_failure_is_the_only_ending() -> None:
    translator = COMPLETIONS.translator(parsed(), HEAD)
    translator.feed([text("x")])
    frames = translator.fail(ApiError(Kind.OVERLOADED, "Too much."))

    [payload] = SseDecoder().feed(encode(frames))
    assert json.decode(payload)["error"]["code"] == "server_is_overloaded"
    assert translator.feed([completed()]) == []
    assert translator.fail(ApiError(Kind.OVERLOADED, "Again.")) == []
