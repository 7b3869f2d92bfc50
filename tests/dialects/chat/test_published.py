"""Answers against OpenAI's published schema, and through the types of its own client."""

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types import chat as sdk

from codex2api.protocol.events import UpstreamEvent
from tests.conformance.published import check
from tests.dialects.chat.bodies import ADD, parsed
from tests.dialects.chat.replies import chunks, whole
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

ANSWERS = {
    "text": [created(), *message("Hel", "lo"), completed()],
    "reasoning": [*reasoning("a", "b"), *message("hi", index=1), completed()],
    "calls": [*tool_call("add", "{}"), *tool_call("sub", "{}", index=1), completed()],
    "refusal": [*refused("No."), completed()],
    "cited": [
        *web_search(),
        *message("hi", index=1, annotations=[url_citation(), url_citation()]),
        completed(usage(9, 9, cached=3, reasoned=4), service_tier="priority"),
    ],
    "short": [*message("Hel")[:3], incomplete()],
    "empty": [completed()],
}
CUSTOM = [*custom_call("sql", "select"), completed()]
REQUESTS = {
    "plain": parsed(),
    "usage": parsed(stream_options={"include_usage": True}),
    "functions": parsed(functions=[ADD["function"]]),
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("events", ANSWERS.values(), ids=ANSWERS)
def test_chunks_are_of_the_published_schema(events: list[UpstreamEvent], request_) -> None:
    for chunk in chunks(events, request_):
        check(chunk, "CreateChatCompletionStreamResponse")


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("events", [*ANSWERS.values(), CUSTOM], ids=[*ANSWERS, "custom"])
def test_replies_are_of_the_published_schema(events: list[UpstreamEvent], request_) -> None:
    check(whole(events, request_), "CreateChatCompletionResponse")


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("events", [*ANSWERS.values(), CUSTOM], ids=[*ANSWERS, "custom"])
def test_replies_pass_the_strict_types_of_the_client(events: list[UpstreamEvent], request_) -> None:
    reply = whole(events, request_)

    back = sdk.ChatCompletion.model_validate(reply, strict=True)

    assert back.to_dict() == reply


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
@pytest.mark.parametrize("events", ANSWERS.values(), ids=ANSWERS)
def test_the_client_adds_the_chunks_up_to_the_reply(events: list[UpstreamEvent], request_) -> None:
    state = ChatCompletionStreamState()
    for chunk in chunks(events, request_):
        state.handle_chunk(sdk.ChatCompletionChunk.model_validate(chunk, strict=True))

    built = state.current_completion_snapshot.choices[0]
    [expected] = whole(events, request_)["choices"]

    assert built.finish_reason == expected["finish_reason"]
    message_built = built.message.to_dict()
    for field in ("content", "refusal", "reasoning_content"):
        assert message_built.get(field) == expected["message"].get(field)
    assert (message_built.get("annotations") or []) == expected["message"]["annotations"]
    calls = [call["function"]["arguments"] for call in message_built.get("tool_calls") or ()]
    assert calls == [
        call["function"]["arguments"] for call in expected["message"].get("tool_calls", ())
    ]
