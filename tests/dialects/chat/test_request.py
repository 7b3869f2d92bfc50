"""Chat requests in the upstream's terms."""

from typing import Any

import pytest

from codex2api.protocol.request import Reasoning, ResponsesRequest, TextOptions
from tests.dialects.chat.bodies import ADD, items_of, upstream, user

PNG = "data:image/png;base64,iVBORw0KGgo="
PDF = "data:application/pdf;base64,JVBERi0xLjQ="

HI = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}

CALLING: dict[str, Any] = {
    "role": "assistant",
    "tool_calls": [{"id": "call_1", "function": {"name": "add", "arguments": "{}"}}],
}
RESULT: dict[str, Any] = {"role": "tool", "tool_call_id": "call_1", "content": "3"}


def text(role: str, value: str) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    part: dict[str, Any] = {"type": kind, "text": value}
    if role == "assistant":
        part["annotations"] = []
    return {"type": "message", "role": role, "content": [part]}


def test_the_smallest_request() -> None:
    assert upstream() == ResponsesRequest(
        model="gpt-5.5", input=[HI], reasoning=Reasoning(summary="auto")
    )


def test_a_request_with_everything() -> None:
    wanted = upstream(
        tools=[ADD],
        tool_choice="required",
        parallel_tool_calls=False,
        reasoning_effort="high",
        verbosity="low",
        service_tier="priority",
        prompt_cache_key="k",
        response_format={"type": "json_object"},
        stream=True,
    )

    assert wanted == ResponsesRequest(
        model="gpt-5.5",
        input=[HI],
        tools=[{"type": "function", "strict": False} | ADD["function"]],
        tool_choice="required",
        parallel_tool_calls=False,
        reasoning=Reasoning(effort="high", summary="auto"),
        text=TextOptions(verbosity="low", format={"type": "json_object"}),
        prompt_cache_key="k",
        service_tier="priority",
    )


@pytest.mark.parametrize("role", ["system", "developer"])
def test_system_text_at_the_beginning_becomes_the_instructions(role: str) -> None:
    wanted = upstream(messages=[{"role": role, "content": "Be brief."}, user()])

    assert (wanted.instructions, wanted.input) == ("Be brief.", [HI])


def test_several_system_messages_at_the_beginning_are_one_text() -> None:
    first = {"role": "system", "content": "Be brief."}
    second = {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]}

    wanted = upstream(messages=[first, second, user()])

    assert wanted.instructions == "Be brief.\n\nBe kind."


def test_later_system_text_stays_in_its_place() -> None:
    wanted = upstream(messages=[user(), {"role": "system", "content": "Now in French."}])

    assert wanted.instructions == ""
    assert wanted.input == [HI, text("developer", "Now in French.")]


def test_no_system_text_is_told_apart_from_an_empty_one() -> None:
    assert upstream().instructions is None
    assert upstream(messages=[{"role": "system", "content": ""}, user()]).instructions == ""


def test_system_text_alone_is_a_question_too() -> None:
    wanted = upstream(messages=[{"role": "system", "content": "Say hello."}])

    assert (wanted.instructions, wanted.input) == ("", [text("developer", "Say hello.")])


def test_a_tool_round_trip() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    items = items_of(
        user(),
        {"role": "assistant", "content": None, "tool_calls": [call], "reasoning_content": "hm"},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"},
        {"role": "assistant", "content": "It is 3."},
    )

    assert items == [
        HI,
        {"type": "function_call", "call_id": "call_1", "name": "add", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "3"},
        text("assistant", "It is 3."),
    ]


def test_a_custom_tool_round_trip() -> None:
    call = {"id": "call_1", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    items = items_of(
        user(),
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": [{"type": "text", "text": "1"}]},
    )

    assert items[1:] == [
        {"type": "custom_tool_call", "call_id": "call_1", "name": "sql", "input": "select 1"},
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "1"},
    ]


def test_text_goes_before_the_calls_of_the_same_message() -> None:
    items = items_of(user(), CALLING | {"content": "Well."}, RESULT)

    assert [item["type"] for item in items[:3]] == ["message", "message", "function_call"]


def test_an_image_in_a_tool_result_is_passed_on() -> None:
    parts = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": PNG}}]

    [_, result] = items_of(CALLING, RESULT | {"content": parts})

    assert result["output"] == [
        {"type": "input_text", "text": "see"},
        {"type": "input_image", "image_url": PNG},
    ]


@pytest.mark.parametrize("content", [None, [], ""])
def test_a_result_may_be_empty(content: Any) -> None:
    [_, result] = items_of(CALLING, RESULT | {"content": content})

    assert result["output"] == ""


def test_the_parts_of_a_result_stay_apart() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

    [_, result] = items_of(CALLING, RESULT | {"content": parts})

    assert result["output"] == [
        {"type": "input_text", "text": "a"},
        {"type": "input_text", "text": "b"},
    ]


def test_an_id_may_be_used_again_once_its_call_has_its_result() -> None:
    call = {"id": "call_0", "function": {"name": "add", "arguments": "{}"}}
    turn = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_0", "content": "3"},
    ]

    assert len(items_of(user(), *turn, *turn)) == 5


def test_calls_without_ids_find_their_results_by_name() -> None:
    def calls(name: str) -> dict[str, Any]:
        return {"role": "assistant", "function_call": {"name": name, "arguments": "{}"}}

    def result(name: str) -> dict[str, Any]:
        return {"role": "function", "name": name, "content": name}

    items = items_of(user(), calls("a"), calls("b"), result("b"), result("a"))

    calls_by_id = {item["call_id"]: item["name"] for item in items[1:3]}
    results_by_id = {item["call_id"]: item["output"] for item in items[3:]}
    assert len(calls_by_id) == 2
    assert calls_by_id == results_by_id


@pytest.mark.parametrize("content", [None, [], ""])
def test_an_empty_user_message_keeps_its_turn(content: Any) -> None:
    assert items_of(user(content)) == [text("user", "")]


@pytest.mark.parametrize("content", [None, [], ""])
def test_an_assistant_message_that_says_nothing_is_left_out(content: Any) -> None:
    assert items_of(user(), {"role": "assistant", "content": content}) == [HI]


def test_a_refusal_stays_a_refusal() -> None:
    refusal = {"type": "refusal", "refusal": "No."}
    wanted = {"type": "message", "role": "assistant", "content": [refusal]}

    assert items_of(user(), {"role": "assistant", "content": None, "refusal": "No."}) == [
        HI,
        wanted,
    ]
    assert items_of(user(), {"role": "assistant", "content": [refusal]}) == [HI, wanted]


def test_unknown_fields_of_messages_are_ignored() -> None:
    assert items_of(user() | {"name": "bob", "cache_control": {}, "tool_calls": 5}) == [HI]


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ({"type": "text", "text": "a"}, {"type": "input_text", "text": "a"}),
        ({"type": "input_text", "text": "a"}, {"type": "input_text", "text": "a"}),
        (
            {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
            {"type": "input_image", "image_url": PNG, "detail": "low"},
        ),
        (
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
            {"type": "input_image", "image_url": "https://example.com/a.png"},
        ),
        ({"type": "image_url", "image_url": PNG}, {"type": "input_image", "image_url": PNG}),
        (
            {"type": "input_image", "image_url": PNG, "detail": "high"},
            {"type": "input_image", "image_url": PNG, "detail": "high"},
        ),
        (
            {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
            {"type": "input_file", "filename": "a.pdf", "file_data": PDF},
        ),
        (
            {"type": "file", "file": {"file_data": "JVBERi0xLjQ=", "filename": "a.pdf"}},
            {"type": "input_file", "filename": "a.pdf", "file_data": PDF},
        ),
        (
            {"type": "input_file", "file_data": PDF},
            {"type": "input_file", "filename": "file", "file_data": PDF},
        ),
    ],
)
def test_content_parts(part: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert items_of(user([part])) == [{"type": "message", "role": "user", "content": [wanted]}]


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        (None, None),
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"type": "json_object"}),
        (
            {"type": "json_schema", "json_schema": {"name": "p", "schema": {"type": "object"}}},
            {"type": "json_schema", "name": "p", "schema": {"type": "object"}, "strict": False},
        ),
        (
            {
                "type": "json_schema",
                "json_schema": {"name": "p", "schema": {}, "strict": True, "description": "A p."},
            },
            {
                "type": "json_schema",
                "name": "p",
                "schema": {},
                "strict": True,
                "description": "A p.",
            },
        ),
        (
            {"type": "json_schema", "json_schema": {"name": "p"}},
            {"type": "json_schema", "name": "p", "schema": {"type": "object"}, "strict": False},
        ),
    ],
)
def test_response_formats(form: Any, wanted: Any) -> None:
    assert upstream(response_format=form).text.format == wanted


def test_functions_are_tools_and_are_called_one_at_a_time() -> None:
    wanted = upstream(functions=[ADD["function"]], function_call={"name": "add"})

    assert wanted.tools == [{"type": "function", "strict": False} | ADD["function"]]
    assert wanted.tool_choice == {"type": "function", "name": "add"}
    assert wanted.parallel_tool_calls is False


@pytest.mark.parametrize("choice", ["none", "auto"])
def test_a_choice_without_tools_that_changes_nothing_is_left_out(choice: str) -> None:
    wanted = upstream(tool_choice=choice, parallel_tool_calls=True, tools=[])

    assert (wanted.tool_choice, wanted.parallel_tool_calls) == (None, None)


def test_a_wish_for_web_search_adds_the_tool() -> None:
    place = {"type": "approximate", "approximate": {"country": "FR", "city": "Paris"}}
    options = {"search_context_size": "low", "user_location": place}

    wanted = upstream(web_search_options=options, tools=[{"type": "web_search_preview"}])

    assert wanted.tools == [
        {
            "type": "web_search",
            "search_context_size": "low",
            "user_location": {"type": "approximate", "country": "FR", "city": "Paris"},
        }
    ]


def test_an_empty_wish_for_web_search() -> None:
    assert upstream(web_search_options={}).tools == [{"type": "web_search"}]


@pytest.mark.parametrize("tier", ["auto", "default", None])
def test_the_usual_tier_is_no_wish(tier: str | None) -> None:
    assert upstream(service_tier=tier).service_tier is None


def test_reasoning_in_the_spelling_of_the_responses_api() -> None:
    wish = {"effort": "low", "summary": "detailed"}

    assert upstream(reasoning=wish).reasoning == Reasoning(effort="low", summary="detailed")
    assert upstream(reasoning=wish, reasoning_effort="max").reasoning.effort == "max"


def test_a_body_in_the_shape_of_the_responses_api() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "add", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "c", "output": "3"}
    given = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
        call,
        result,
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "3"}],
        },
    ]
    tool = {"type": "function"} | ADD["function"]

    wanted = upstream(messages=None, input=given, tools=[tool])

    assert wanted.instructions == "Be brief."
    assert wanted.input == [HI, call, result, text("assistant", "3")]
    assert wanted.tools == [tool | {"strict": False}]


def test_an_input_of_text_alone() -> None:
    assert upstream(messages=None, input="hi").input == [HI]
