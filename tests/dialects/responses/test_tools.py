from typing import Any

import pytest

from codex2api.errors import ApiError
from tests.dialects.responses.requests import upstream

FUNCTION = {
    "type": "function",
    "name": "add",
    "description": "d",
    "strict": False,
    "parameters": {"type": "object", "properties": {}},
}
CUSTOM = {
    "type": "custom",
    "name": "patch",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: /x/"},
}


@pytest.mark.parametrize(
    "tool",
    [
        FUNCTION,
        CUSTOM,
        {"type": "namespace", "name": "room", "description": "d", "tools": [FUNCTION, CUSTOM]},
        {"type": "web_search", "external_web_access": True, "filters": {"allowed_domains": ["a"]}},
        {"type": "image_generation", "size": "1024x1024"},
        {"type": "local_shell"},
        {"type": "tool_search", "execution": "client", "description": "d", "parameters": {}},
        {"type": "tomorrow's tool", "field": 1},
    ],
)
def test_tools_pass_untouched(tool: dict[str, Any]) -> None:
    assert upstream(tools=[tool]).tools == [tool]


@pytest.mark.parametrize(
    "kind",
    [
        "web_search_2025_08_26",
        "web_search_preview",
        "web_search_preview_2025_03_11",
    ],
)
def test_search_has_one_name(kind: str) -> None:
    tools = upstream(tools=[{"type": kind, "search_context_size": "low"}]).tools
    assert tools == [{"type": "web_search", "search_context_size": "low"}]
    assert upstream(tool_choice={"type": kind}).tool_choice == {"type": "web_search"}


def test_nulls_are_not_sent() -> None:
    tool = {"type": "function", "name": "add", "description": None, "strict": None}
    assert upstream(tools=[tool]).tools == [{"type": "function", "name": "add"}]


@pytest.mark.parametrize(
    "kind",
    [
        "mcp",
        "file_search",
        "code_interpreter",
        "computer_use_preview",
        "computer_use",
        "computer",
        "shell",
        "apply_patch",
        "programmatic_tool_calling",
    ],
)
def test_tools_that_are_not_offered_are_refused(kind: str) -> None:
    with pytest.raises(ApiError) as raised:
        upstream(tools=[FUNCTION, {"type": kind}])
    assert (raised.value.status, raised.value.param) == (400, "tools[1]")
    assert kind in raised.value.message
    with pytest.raises(ApiError) as raised:
        upstream(tool_choice={"type": kind})
    assert raised.value.param == "tool_choice"


@pytest.mark.parametrize(
    ("tool", "param"),
    [
        ({}, "tools[0].type"),
        ({"type": 5}, "tools[0].type"),
        ({"type": "function"}, "tools[0].name"),
        ({"type": "function", "function": {"name": "f"}}, "tools[0].name"),
        ({"type": "custom", "name": 5}, "tools[0].name"),
        ({"type": "namespace", "name": "n"}, "tools[0].tools"),
        ({"type": "namespace", "name": "n", "tools": {}}, "tools[0].tools"),
        ({"type": "namespace", "name": "n", "tools": ["x"]}, "tools[0].tools[0]"),
        ({"type": "namespace", "name": "n", "tools": [{}]}, "tools[0].tools[0].type"),
    ],
)
def test_malformed_tools_are_refused_with_their_place(tool: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as raised:
        upstream(tools=[tool])
    assert raised.value.param == param


@pytest.mark.parametrize(
    "choice",
    [
        "auto",
        "none",
        "required",
        {"type": "function", "name": "add"},
        {"type": "custom", "name": "patch"},
        {"type": "image_generation"},
        {
            "type": "allowed_tools",
            "mode": "required",
            "tools": [{"type": "function", "name": "add"}, {"type": "web_search"}],
        },
        None,
    ],
)
def test_tool_choices_pass(choice: Any) -> None:
    assert upstream(tool_choice=choice).tool_choice == choice


@pytest.mark.parametrize(
    ("choice", "param"),
    [
        ("always", "tool_choice"),
        ({}, "tool_choice.type"),
        ({"type": "function"}, "tool_choice.name"),
        ({"type": "allowed_tools", "tools": [{"type": "web_search"}]}, "tool_choice.mode"),
        ({"type": "allowed_tools", "mode": "auto"}, "tool_choice.tools"),
        ({"type": "allowed_tools", "mode": "auto", "tools": []}, "tool_choice.tools"),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "mcp"}]},
            "tool_choice.tools[0]",
        ),
    ],
)
def test_malformed_choices_are_refused_with_their_place(choice: Any, param: str) -> None:
    with pytest.raises(ApiError) as raised:
        upstream(tool_choice=choice)
    assert raised.value.param == param
