"""Tool calls in a streamed chat answer."""

from codex2api.protocol.events import Other
from tests.dialects.chat.bodies import ADD, parsed
from tests.dialects.chat.replies import chunks, deltas
from tests.events import (
    added,
    arguments,
    arguments_done,
    call_item,
    completed,
    custom_call,
    done,
    tool_call,
    web_search,
)

FIRST = {"role": "assistant", "content": "", "refusal": None}
FIRST_WITHOUT_TEXT = FIRST | {"content": None}


def test_a_tool_call() -> None:
    events = [*tool_call("add", '{"a":1}', call_id="call_x"), completed()]

    streamed = chunks(events)

    assert [chunk["choices"][0]["delta"] for chunk in streamed] == [
        FIRST_WITHOUT_TEXT,
        {
            "tool_calls": [
                {
                    "index": 0,
                    "id": "call_x",
                    "type": "function",
                    "function": {"name": "add", "arguments": ""},
                }
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
        {},
    ]
    assert streamed[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_arguments_without_deltas_are_made_good() -> None:
    [_, opening, rest, _] = deltas([*tool_call("add", '{"a":1}', deltas=False), completed()])

    assert opening["tool_calls"][0]["function"] == {"name": "add", "arguments": ""}
    assert rest["tool_calls"] == [{"index": 0, "function": {"arguments": '{"a":1}'}}]


def test_a_call_that_is_only_ever_done_comes_in_one_piece() -> None:
    [_, only, _] = deltas([done(call_item("add", '{"a":1}')), completed()])

    assert only["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a":1}'}


def test_a_call_waits_for_its_name() -> None:
    item = call_item("add", '{"a":1}')
    nameless = added(item | {"name": ""})
    events = [nameless, arguments('{"a"'), arguments_done('{"a":1}'), done(item), completed()]

    [_, only, _] = deltas(events)

    assert only["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a":1}'}


def test_parallel_calls_may_interleave() -> None:
    first, second = call_item("add", "11", 1), call_item("sub", "22", 2)
    events = [
        *web_search(index=0),
        added(first, 1),
        added(second, 2),
        arguments("2", 2),
        arguments("1", 1),
        arguments("2", 2),
        done(second, 2),
        done(first, 1),
        completed(),
    ]

    told = [delta["tool_calls"][0] for delta in deltas(events) if "tool_calls" in delta]

    assert [(call["index"], call["function"].get("name")) for call in told[:2]] == [
        (0, "add"),
        (1, "sub"),
    ]
    assert [(call["index"], call["function"]["arguments"]) for call in told[2:]] == [
        (1, "2"),
        (0, "1"),
        (1, "2"),
        (0, "1"),
    ]


def test_a_custom_call() -> None:
    told = [
        delta["tool_calls"][0]
        for delta in deltas([*custom_call("sql", "select"), completed()])
        if "tool_calls" in delta
    ]

    assert told == [
        {"index": 0, "id": "call_0", "type": "custom", "custom": {"name": "sql", "input": ""}},
        {"index": 0, "custom": {"input": "sel"}},
        {"index": 0, "custom": {"input": "ect"}},
    ]


def test_who_knows_functions_only_hears_of_one_function_call() -> None:
    request = parsed(functions=[ADD["function"]])
    events = [*tool_call("add", "ab"), *tool_call("add", "cd", index=1), completed()]

    streamed = chunks(events, request)

    assert [chunk["choices"][0]["delta"] for chunk in streamed[1:]] == [
        {"function_call": {"name": "add", "arguments": ""}},
        {"function_call": {"arguments": "a"}},
        {"function_call": {"arguments": "b"}},
        {},
    ]
    assert streamed[-1]["choices"][0]["finish_reason"] == "function_call"


def test_hosted_tools_leave_no_trace() -> None:
    picture = {"type": "image_generation_call", "id": "ig_1", "result": "aGk="}
    unknown = Other("response.image_generation_call.partial_image", {})
    events = [*web_search(), added(picture, 1), unknown, done(picture, 1), completed()]

    assert deltas(events) == [FIRST, {}]
