"""Tools and tool choices, nested or flat."""

from typing import Any

import pytest

from codex2api.dialects.openai_tools import upstream_choice, upstream_tools
from codex2api.errors import ApiError, Kind

PARAMETERS = {"type": "object", "properties": {"a": {"type": "number"}}}
GRAMMAR = {"syntax": "lark", "definition": "start: /a/"}

TOOLS = [
    {"type": "function", "name": "add"},
    {"type": "custom", "name": "sql"},
    {"type": "web_search"},
]


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "function", "function": {"name": "add", "parameters": PARAMETERS}},
        {"type": "function", "name": "add", "parameters": PARAMETERS},
        {"type": "function", "function": {"name": "add", "parameters": PARAMETERS, "strict": None}},
    ],
)
def test_a_function_nested_or_flat(tool: dict[str, Any]) -> None:
    assert upstream_tools([tool]) == [
        {"type": "function", "name": "add", "strict": False, "parameters": PARAMETERS}
    ]


def test_strict_and_description_are_kept() -> None:
    function = {"name": "add", "description": "Adds.", "strict": True, "parameters": PARAMETERS}

    assert upstream_tools([{"type": "function", "function": function}]) == [
        {"type": "function"} | function
    ]


@pytest.mark.parametrize("parameters", [None, {}])
def test_a_function_without_parameters_takes_none(parameters: Any) -> None:
    [tool] = upstream_tools(
        [{"type": "function", "function": {"name": "now", "parameters": parameters}}]
    )

    assert tool["parameters"] == {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("tool", "wanted"),
    [
        ({"custom": {"name": "sql"}}, {"name": "sql"}),
        ({"name": "sql", "description": "SQL."}, {"name": "sql", "description": "SQL."}),
        (
            {"custom": {"name": "sql", "format": {"type": "text"}}},
            {"name": "sql", "format": {"type": "text"}},
        ),
        (
            {"custom": {"name": "sql", "format": {"type": "grammar", "grammar": GRAMMAR}}},
            {"name": "sql", "format": {"type": "grammar"} | GRAMMAR},
        ),
        (
            {"name": "sql", "format": {"type": "grammar"} | GRAMMAR},
            {"name": "sql", "format": {"type": "grammar"} | GRAMMAR},
        ),
    ],
)
def test_a_custom_tool_nested_or_flat(tool: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert upstream_tools([{"type": "custom"} | tool]) == [{"type": "custom"} | wanted]


@pytest.mark.parametrize(
    "kind", ["web_search", "web_search_preview", "web_search_preview_2025_03_11"]
)
def test_a_web_search_has_one_name_and_keeps_its_fields(kind: str) -> None:
    tool = {"type": kind, "search_context_size": "low"}

    assert upstream_tools([tool]) == [{"type": "web_search", "search_context_size": "low"}]


def test_other_hosted_tools_pass() -> None:
    tool = {"type": "image_generation", "output_format": "png"}

    assert upstream_tools([tool]) == [tool]


@pytest.mark.parametrize("name", ["mcp.server/tool:x", "a" * 128, "A-b_9"])
def test_names_that_the_upstream_room_can_give_an_alias(name: str) -> None:
    [tool] = upstream_tools([{"type": "function", "function": {"name": name}}])

    assert tool["name"] == name


@pytest.mark.parametrize(
    ("tool", "param"),
    [
        ({}, "tools[0].type"),
        ({"type": 5}, "tools[0].type"),
        ({"type": "function"}, "tools[0].function.name"),
        ({"type": "function", "function": 5}, "tools[0].function"),
        ({"type": "function", "function": {}}, "tools[0].function.name"),
        ({"type": "function", "function": {"name": ""}}, "tools[0].function.name"),
        ({"type": "function", "function": {"name": "a b"}}, "tools[0].function.name"),
        ({"type": "function", "function": {"name": "a\n"}}, "tools[0].function.name"),
        ({"type": "function", "function": {"name": "ä"}}, "tools[0].function.name"),
        ({"type": "function", "function": {"name": "a" * 129}}, "tools[0].function.name"),
        ({"type": "function", "function": {"name": 5}}, "tools[0].function.name"),
        ({"type": "function", "name": "a b"}, "tools[0].name"),
        ({"type": "function", "name": "a", "parameters": []}, "tools[0].parameters"),
        ({"type": "function", "name": "a", "strict": "no"}, "tools[0].strict"),
        ({"type": "function", "name": "a", "description": 5}, "tools[0].description"),
        ({"type": "custom"}, "tools[0].custom.name"),
        ({"type": "custom", "name": "a", "format": "text"}, "tools[0].format"),
        ({"type": "custom", "name": "a", "format": {"type": "xml"}}, "tools[0].format.type"),
        (
            {"type": "custom", "name": "a", "format": {"type": "grammar", "grammar": {}}},
            "tools[0].format.grammar.syntax",
        ),
        (
            {"type": "custom", "name": "a", "format": {"type": "grammar", "syntax": "bnf"}},
            "tools[0].format.grammar.syntax",
        ),
    ],
)
def test_a_malformed_tool_is_refused_at_its_place(tool: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as caught:
        upstream_tools([tool])

    assert (caught.value.kind, caught.value.param) == (Kind.BAD_REQUEST, param)


@pytest.mark.parametrize(
    ("choice", "wanted"),
    [
        ("none", "none"),
        ("auto", "auto"),
        ("required", "required"),
        (
            {"type": "function", "function": {"name": "add"}},
            {"type": "function", "name": "add"},
        ),
        ({"type": "function", "name": "add"}, {"type": "function", "name": "add"}),
        ({"type": "custom", "custom": {"name": "sql"}}, {"type": "custom", "name": "sql"}),
        ({"type": "web_search_preview"}, {"type": "web_search"}),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{"type": "function", "function": {"name": "add"}}],
                },
            },
            {
                "type": "allowed_tools",
                "mode": "required",
                "tools": [{"type": "function", "name": "add"}],
            },
        ),
        (
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "custom", "name": "sql"}]},
            {"type": "allowed_tools", "mode": "auto", "tools": [{"type": "custom", "name": "sql"}]},
        ),
    ],
)
def test_every_form_of_choice(choice: Any, wanted: Any) -> None:
    assert upstream_choice(choice, TOOLS) == wanted


@pytest.mark.parametrize(
    ("choice", "param"),
    [
        ("sometimes", "tool_choice"),
        ({}, "tool_choice.type"),
        ({"type": 5}, "tool_choice.type"),
        ({"type": "function"}, "tool_choice.function.name"),
        ({"type": "function", "function": "add"}, "tool_choice.function"),
        ({"type": "function", "function": {"name": "sql"}}, "tool_choice.function.name"),
        ({"type": "custom", "name": "add"}, "tool_choice.name"),
        ({"type": "allowed_tools"}, "tool_choice.allowed_tools.mode"),
        ({"type": "allowed_tools", "mode": "none"}, "tool_choice.mode"),
        ({"type": "allowed_tools", "mode": "auto"}, "tool_choice.tools"),
        ({"type": "allowed_tools", "mode": "auto", "tools": [5]}, "tool_choice.tools[0].type"),
    ],
)
def test_a_malformed_choice_is_refused_at_its_place(choice: Any, param: str) -> None:
    with pytest.raises(ApiError) as caught:
        upstream_choice(choice, TOOLS)

    assert (caught.value.kind, caught.value.param) == (Kind.BAD_REQUEST, param)


def test_no_tool_can_be_demanded_where_there_are_none() -> None:
    with pytest.raises(ApiError) as caught:
        upstream_choice("required", [], "function_call")

    assert caught.value.param == "function_call"
