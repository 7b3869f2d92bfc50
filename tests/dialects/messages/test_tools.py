"""Tools and tool choices of Messages requests."""

from typing import Any

import pytest

from codex2api.dialects.messages.tools import is_strict
from codex2api.errors import Kind
from tests.dialects.messages.bodies import ADD, refused, upstream


def test_tools() -> None:
    search = {
        "type": "web_search_20250305",
        "name": "web_search",
        "allowed_domains": ["example.com"],
        "blocked_domains": [],
        "max_uses": 3,
        "user_location": {"type": "approximate", "city": "Paris"},
    }
    code = {"type": "code_execution_20250825", "name": "code_execution"}
    wish = upstream(tools=[ADD, search, code, ADD | {"name": "b", "input_examples": [{"a": 1}]}])

    add = {
        "type": "function",
        "name": "add",
        "description": "Adds.",
        "strict": False,
        "parameters": ADD["input_schema"],
    }
    assert wish.tools == [
        add,
        {
            "type": "web_search",
            "filters": {"allowed_domains": ["example.com"]},
            "user_location": {"type": "approximate", "city": "Paris"},
        },
        add | {"name": "b"},
    ]
    assert wish.dropped == ("tools.max_uses", "tools[2]", "tools.input_examples")
    assert wish.include == ["web_search_call.action.sources"]


@pytest.mark.parametrize(
    ("choice", "chosen", "parallel"),
    [
        ({"type": "auto"}, "auto", None),
        ({"type": "none"}, "none", None),
        ({"type": "any", "disable_parallel_tool_use": True}, "required", False),
        ({"type": "tool", "name": "add"}, {"type": "function", "name": "add"}, None),
        ({"type": "tool", "name": "web_search"}, {"type": "web_search"}, None),
    ],
)
def test_tool_choices(choice: Any, chosen: Any, parallel: bool | None) -> None:
    tools = [ADD, {"type": "web_search_20260209", "name": "web_search"}]
    wish = upstream(tools=tools, tool_choice=choice)

    assert (wish.tool_choice, wish.parallel_tool_calls) == (chosen, parallel)


def test_a_choice_among_no_tools() -> None:
    assert upstream(tool_choice={"type": "auto"}).tool_choice is None
    assert refused(tool_choice={"type": "any"})[1] == "tool_choice"
    assert refused(tool_choice={"type": "tool"})[1] == "tool_choice.name"
    assert refused(tool_choice={"type": "tool", "name": "x"})[1] == "tool_choice.name"


@pytest.mark.parametrize(
    ("tool", "param"),
    [
        ({"name": "a"}, "tools[0].input_schema"),
        ({"name": "a", "input_schema": 1}, "tools[0].input_schema"),
        ({"input_schema": {"type": "object"}}, "tools[0].name"),
        ({"type": 1}, "tools[0].type"),
        ({"type": "web_search_1", "allowed_domains": "x"}, "tools[0].allowed_domains"),
        ({"type": "web_search_1", "user_location": "x"}, "tools[0].user_location"),
    ],
)
def test_malformed_tools(tool: dict[str, Any], param: str) -> None:
    assert refused(tools=[tool]) == (Kind.BAD_REQUEST, param)


def test_strict_where_the_backend_can_be() -> None:
    closed = ADD["input_schema"]
    optional = closed | {"required": []}
    inner = {"type": "object", "properties": {"x": {"type": "array", "items": {"type": "object"}}}}

    assert is_strict(closed)
    assert not is_strict(optional)
    assert not is_strict(inner | {"additionalProperties": False, "required": ["x"]})
    assert upstream(tools=[ADD | {"strict": True}]).tools[0]["strict"] is True
    loose = ADD | {"strict": True, "input_schema": optional}
    moved = upstream(tools=[loose, loose | {"name": "b"}])
    assert [tool["strict"] for tool in moved.tools] == [False, False]
    assert moved.adjusted == ("tools.strict:true->false",)
