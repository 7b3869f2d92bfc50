"""Where the reasoning of a chat answer is shown."""

from typing import Any

import pytest

from codex2api.dialects.chat import CHAT
from codex2api.dialects.reasoning import HEADER, ReasoningStyle, style_shown
from codex2api.errors import ApiError, Kind
from codex2api.protocol import json
from codex2api.protocol.events import UpstreamEvent
from codex2api.protocol.sse import SseDecoder, encode
from tests.conformance.published import check
from tests.dialects.chat.bodies import parsed, styled
from tests.dialects.chat.replies import added_up, chunks, whole
from tests.events import (
    completed,
    incomplete,
    message,
    reasoning,
    refused,
    tool_call,
    url_citation,
)

TAGS = ReasoningStyle.THINK_TAGS
THOUGHT = reasoning("First.", "Then.")
ANSWER = [*THOUGHT, *message("Hel", "lo", index=1), completed()]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}


def told(events: list[UpstreamEvent], style: ReasoningStyle, **how: Any) -> dict[str, Any]:
    """The message, which is the same whole and streamed."""
    request, head = parsed(**how), styled(style)
    [streamed] = added_up(chunks(events, request, head))["choices"]
    [choice] = whole(events, request, head)["choices"]
    assert streamed == choice
    answer: dict[str, Any] = choice["message"]
    return answer


def pieces(events: list[UpstreamEvent], style: ReasoningStyle) -> list[dict[str, Any]]:
    """The deltas after the one with the role."""
    deltas = [c["choices"][0]["delta"] for c in chunks(events, None, styled(style))]
    assert deltas[0]["role"] == "assistant"
    return deltas[1:]


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        (ReasoningStyle.REASONING_CONTENT, {"reasoning_content": "First.\n\nThen."}),
        (
            ReasoningStyle.O3,
            {"reasoning": {"content": [{"type": "text", "text": "First.\n\nThen."}]}},
        ),
        (ReasoningStyle.NONE, {}),
        (TAGS, {"content": "<think>First.\n\nThen.</think>\n\nHello"}),
    ],
)
def test_each_style(style: ReasoningStyle, shown: dict[str, Any]) -> None:
    plain = {"role": "assistant", "content": "Hello", "refusal": None, "annotations": []}

    assert told(ANSWER, style) == plain | shown


def test_a_stream_with_tags() -> None:
    assert pieces(ANSWER, TAGS) == [
        {"content": "<think>Fir"},
        {"content": "st."},
        {"content": "\n\nThe"},
        {"content": "n."},
        {"content": "</think>\n\nHel"},
        {"content": "lo"},
        {},
    ]


def test_a_stream_with_objects() -> None:
    first, *_, last, end = pieces(ANSWER, ReasoningStyle.O3)

    assert first == {"reasoning": {"content": [{"type": "text", "text": "Fir"}]}}
    assert (last, end) == ({"content": "lo"}, {})


def test_a_stream_without_reasoning_begins_with_the_answer() -> None:
    assert pieces(ANSWER, ReasoningStyle.NONE) == [{"content": "Hel"}, {"content": "lo"}, {}]


@pytest.mark.parametrize("style", ReasoningStyle)
def test_an_answer_that_did_not_think_looks_the_same_in_every_style(style: ReasoningStyle) -> None:
    events = [*message("Hello"), completed()]

    assert told(events, style) == told(events, ReasoningStyle.REASONING_CONTENT)


@pytest.mark.parametrize("style", ReasoningStyle)
def test_every_style_is_of_the_schema_that_we_tell(style: ReasoningStyle) -> None:
    check(whole(ANSWER, None, styled(style)), "CreateChatCompletionResponse")
    for chunk in chunks(ANSWER, None, styled(style)):
        check(chunk, "CreateChatCompletionStreamResponse")


def test_tags_are_closed_before_a_tool_call() -> None:
    events = [*THOUGHT, *tool_call("add", {"a": 1}, index=1), completed()]

    deltas = pieces(events, TAGS)
    closed = deltas.index({"content": "</think>"})
    called = next(at for at, delta in enumerate(deltas) if "tool_calls" in delta)
    assert closed == called - 1
    answer = told(events, TAGS)
    assert answer["content"] == "<think>First.\n\nThen.</think>"
    assert answer["tool_calls"][0]["function"]["arguments"] == '{"a":1}'


def test_tags_are_closed_before_a_refusal() -> None:
    events = [*THOUGHT, *refused("No.", index=1), completed()]

    answer = told(events, TAGS)
    assert (answer["content"], answer["refusal"]) == ("<think>First.\n\nThen.</think>", "No.")
    assert pieces(events, TAGS)[-3] == {"content": "</think>"}


def test_tags_are_closed_at_an_early_end() -> None:
    events = [*reasoning("First.")[:3], incomplete()]

    assert pieces(events, TAGS) == [{"content": "<think>Fir"}, {"content": "</think>"}, {}]
    assert told(events, TAGS)["content"] == "<think>Fir</think>"


def test_tags_are_closed_before_a_failure() -> None:
    translator = CHAT.translator(parsed(), styled(TAGS))
    translator.feed(reasoning("First.")[:3])
    closing, failure = SseDecoder().feed(
        encode(translator.fail(ApiError(Kind.UPSTREAM_TIMEOUT, "Silence.")))
    )

    assert json.decode(closing)["choices"][0]["delta"] == {"content": "</think>"}
    assert json.decode(failure)["error"]["code"] == "upstream_timeout"


def test_later_thoughts_have_tags_of_their_own() -> None:
    events = [
        *reasoning("One.", index=0),
        *message("Wait.", index=1),
        *reasoning("Two.", index=2),
        *message("Done.", index=3),
        completed(),
    ]

    assert told(events, TAGS)["content"] == (
        "<think>One.</think>\n\nWait.\n\n<think>Two.</think>\n\nDone."
    )


def test_citations_count_the_tags() -> None:
    cited = url_citation(start=0, end=5)
    events = [*reasoning("Hm."), *message("Hello", index=1, annotations=[cited]), completed()]

    answer = told(events, TAGS)
    [annotation] = answer["annotations"]
    where = annotation["url_citation"]
    assert answer["content"][where["start_index"] : where["end_index"]] == "Hello"


@pytest.mark.parametrize("form", [{"type": "json_object"}, SCHEMA])
@pytest.mark.parametrize("style", ReasoningStyle)
def test_a_json_answer_never_has_tags(form: dict[str, Any], style: ReasoningStyle) -> None:
    shown = CHAT.shows(parsed(response_format=form), style)

    assert shown == (ReasoningStyle.REASONING_CONTENT if style is TAGS else style)


def test_free_text_may_have_tags() -> None:
    assert CHAT.shows(parsed(response_format={"type": "text"}), TAGS) is TAGS


def test_every_choice_has_its_own_tags() -> None:
    translator = CHAT.translator(parsed(n=2), styled(TAGS))
    frames = translator.feed([*THOUGHT, *message("a", index=1)], 0)
    frames += translator.feed([*THOUGHT, completed()], 1)
    frames += translator.feed([completed()], 0)

    texts = ["", ""]
    for frame in SseDecoder().feed(encode(frames)):
        [choice] = json.decode(frame)["choices"]
        texts[choice["index"]] += choice["delta"].get("content") or ""
    assert texts == ["<think>First.\n\nThen.</think>\n\na", "<think>First.\n\nThen.</think>"]


def test_hidden_reasoning_has_no_tags() -> None:
    assert told([*reasoning(), *message("Hi", index=1), completed()], TAGS)["content"] == "Hi"


def anywhere(style: ReasoningStyle) -> ReasoningStyle:
    return style


def nowhere(_style: ReasoningStyle) -> ReasoningStyle:
    return ReasoningStyle.NONE


@pytest.mark.parametrize("asked", [*ReasoningStyle, " O3 "])
def test_the_header_names_a_style(asked: str) -> None:
    style, told = style_shown({HEADER: asked}, ReasoningStyle.NONE, anywhere)
    assert (style, told) == (asked.strip().lower(), ())


def test_a_style_that_cannot_be_is_told_to_those_who_asked_for_it() -> None:
    assert style_shown({HEADER: "o3"}, TAGS, nowhere) == ("none", ("reasoning:o3->none",))
    assert style_shown({HEADER: "none"}, TAGS, nowhere) == ("none", ())
    assert style_shown({}, TAGS, nowhere) == ("none", ())


def test_without_the_header_the_setting_counts() -> None:
    assert style_shown({}, TAGS, anywhere) == (TAGS, ())


@pytest.mark.parametrize("asked", ["", "tags", "think_tags"])
def test_a_bad_style_is_refused_by_the_name_of_the_header(asked: str) -> None:
    with pytest.raises(ApiError) as caught:
        style_shown({HEADER: asked}, TAGS, anywhere)

    assert (caught.value.status, caught.value.param) == (400, HEADER)
    assert "think-tags" in caught.value.message
