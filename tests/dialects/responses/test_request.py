from typing import Any

import pytest

from codex2api.errors import ApiError
from codex2api.protocol.request import Reasoning, ResponsesRequest, TextOptions
from tests.dialects.responses.requests import upstream
from tests.events import MODEL

SCHEMA = {"type": "json_schema", "name": "n", "strict": True, "schema": {"type": "object"}}


def test_a_string_is_one_user_message() -> None:
    assert upstream(input="hi") == ResponsesRequest(
        model=MODEL,
        input=[
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}
        ],
    )


def test_wishes_pass() -> None:
    request = upstream(
        instructions="Be brief.",
        parallel_tool_calls=False,
        prompt_cache_key="key",
        client_metadata={"thread_id": "t"},
        reasoning={"effort": "high", "summary": "auto", "context": "all_turns"},
        text={"verbosity": "low", "format": SCHEMA},
        include=["reasoning.encrypted_content", "web_search_call.action.sources"],
        service_tier="priority",
    )
    assert request == ResponsesRequest(
        model=MODEL,
        input=request.input,
        instructions="Be brief.",
        parallel_tool_calls=False,
        prompt_cache_key="key",
        client_metadata={"thread_id": "t"},
        reasoning=Reasoning(effort="high", summary="auto", context="all_turns"),
        text=TextOptions(verbosity="low", format=SCHEMA),
        include=["reasoning.encrypted_content", "web_search_call.action.sources"],
        service_tier="priority",
    )


def test_no_instructions_and_empty_instructions_differ() -> None:
    assert upstream().instructions is None
    assert upstream(instructions="").instructions == ""


def test_the_old_name_of_the_summary_is_understood() -> None:
    assert upstream(reasoning={"generate_summary": "detailed"}).reasoning.summary == "detailed"


@pytest.mark.parametrize(
    ("wish", "sent"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"type": "json_object"}),
        (SCHEMA, SCHEMA),
        (None, None),
    ],
)
def test_formats(wish: dict[str, Any] | None, sent: dict[str, Any] | None) -> None:
    assert upstream(text={"format": wish}).text.format == sent


@pytest.mark.parametrize(
    ("wish", "param"),
    [
        ({}, "text.format.type"),
        ({"type": "xml"}, "text.format.type"),
        ({"type": "json_schema", "schema": {}}, "text.format.name"),
        ({"type": "json_schema", "name": "n"}, "text.format.schema"),
        ({"type": "json_schema", "name": "n", "schema": "s"}, "text.format.schema"),
    ],
)
def test_bad_formats(wish: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as raised:
        upstream(text={"format": wish})
    assert raised.value.param == param


def test_what_is_left_out_is_named() -> None:
    request = upstream(
        reasoning={"mode": "pro"},
        input=[
            {"type": "reasoning", "id": "rs_1", "summary": []},
            {"type": "reasoning", "id": "rs_2", "summary": []},
            {
                "role": "user",
                "content": [
                    {
                        "type": "input_text",
                        "text": "hi",
                        "prompt_cache_breakpoint": {"mode": "explicit"},
                    }
                ],
            },
        ],
    )
    assert request.dropped == (
        "input.reasoning",
        "input.prompt_cache_breakpoint",
        "reasoning.mode",
    )
    assert request.input == upstream(input="hi").input
