"""Malformed requests: each is a 400 that names its place in OpenAI's spelling."""

from typing import Any

import pytest

from codex2api.dialects.chat import CHAT
from codex2api.errors import ApiError, Kind
from codex2api.protocol import json
from tests.dialects.chat.bodies import ADD, user


def image(url: Any, **more: Any) -> dict[str, Any]:
    part = {"type": "image_url", "image_url": {"url": url} | more}
    return {"messages": [user([{"type": "text", "text": "see"}, part])]}


def part(**fields: Any) -> dict[str, Any]:
    return {"messages": [user([fields])]}


def message(role: str, **fields: Any) -> dict[str, Any]:
    return {"messages": [user(), {"role": role} | fields]}


def calls(*tool_calls: Any) -> dict[str, Any]:
    return message("assistant", tool_calls=list(tool_calls))


CALL = {"id": "c", "function": {"name": "f", "arguments": "{}"}}
RESULT = {"role": "tool", "tool_call_id": "c", "content": "1"}
URL = "messages[0].content[1].image_url.url"

CASES: list[tuple[str, dict[str, Any], str]] = [
    ("input empty", {"messages": None, "input": []}, "input"),
    ("input number", {"messages": None, "input": 5}, "input"),
    ("input of nobody", {"messages": None, "input": [{}]}, "input[0]"),
    ("input broken", {"messages": None, "input": [user(5)]}, "input[0]"),
    (
        "input image",
        {"messages": None, "input": [user([{"type": "input_image", "image_url": "x"}])]},
        "input[0].content[0].image_url",
    ),
    ("model null", {"model": None}, "model"),
    ("model empty", {"model": ""}, "model"),
    ("model number", {"model": 5}, "model"),
    ("messages null", {"messages": None}, "messages"),
    ("messages empty", {"messages": []}, "messages"),
    ("messages object", {"messages": {}}, "messages"),
    ("messages text", {"messages": "hi"}, "messages"),
    ("message number", {"messages": [1]}, "messages[0]"),
    ("message empty", {"messages": [{}]}, "messages[0].role"),
    ("role unknown", message("robot", content="x"), "messages[1].role"),
    ("role number", {"messages": [{"role": 5}]}, "messages[0].role"),
    ("content number", {"messages": [user(5)]}, "messages[0].content"),
    ("content object", {"messages": [user({})]}, "messages[0].content"),
    ("part text", {"messages": [user(["x"])]}, "messages[0].content[0]"),
    ("part untyped", part(text="x"), "messages[0].content[0].type"),
    ("part unknown", part(type="video"), "messages[0].content[0].type"),
    ("text missing", part(type="text"), "messages[0].content[0].text"),
    ("text null", part(type="text", text=None), "messages[0].content[0].text"),
    ("refusing user", part(type="refusal", refusal="x"), "messages[0].content[0].type"),
    ("sound", part(type="input_audio", input_audio={}), "messages[0].content[0].input_audio"),
    ("image missing", part(type="image_url"), "messages[0].content[0].image_url"),
    (
        "image without url",
        part(type="image_url", image_url={}),
        "messages[0].content[0].image_url.url",
    ),
    ("image number", image(5), URL),
    ("image empty", image(""), URL),
    ("image elsewhere", image("file:///etc/passwd"), URL),
    ("image not base64", image("data:image/png;base64,@@@"), URL),
    ("image cut", image("data:image/png;base64,aGVsbG8"), URL),
    ("image with blanks", image("data:image/png;base64,aGVs bG8="), URL),
    ("image without data", image("data:image/png;base64,"), URL),
    ("image percent", image("data:image/svg+xml,%3Csvg%3E"), URL),
    ("image no comma", image("data:image/png;base64"), URL),
    ("image is text", image("data:text/plain;base64,aGk="), URL),
    ("image not ascii", image("data:image/png;base64,ä"), URL),
    ("image detail", image("https://x", detail="ultra"), "messages[0].content[1].image_url.detail"),
    (
        "bare image",
        part(type="image_url", image_url="x"),
        "messages[0].content[0].image_url",
    ),
    ("file empty", part(type="file", file={}), "messages[0].content[0].file.file_data"),
    ("file missing", part(type="file"), "messages[0].content[0].file"),
    (
        "file by id",
        part(type="file", file={"file_id": "file-1"}),
        "messages[0].content[0].file.file_id",
    ),
    (
        "file not base64",
        part(type="file", file={"file_data": "data:application/pdf;base64,?", "filename": "a"}),
        "messages[0].content[0].file.file_data",
    ),
    (
        "file without type",
        part(type="input_file", file_data="data:;base64,aGk="),
        "messages[0].content[0].file_data",
    ),
    (
        "system image",
        {"messages": [image("https://x")["messages"][0] | {"role": "system"}]},
        "messages[0].content[1].type",
    ),
    (
        "assistant image",
        {"messages": [image("https://x")["messages"][0] | {"role": "assistant"}]},
        "messages[0].content[1].type",
    ),
    ("tool without id", message("tool", content="x"), "messages[1].tool_call_id"),
    ("tool id empty", message("tool", tool_call_id=""), "messages[1].tool_call_id"),
    ("tool id number", message("tool", tool_call_id=5), "messages[1].tool_call_id"),
    (
        "result twice",
        {"messages": [{"role": "assistant", "tool_calls": [CALL]}, RESULT, RESULT]},
        "messages[2].tool_call_id",
    ),
    ("function without name", message("function", content="x"), "messages[1].name"),
    ("result of no function", message("function", name="f"), "messages[1].name"),
    ("calls object", message("assistant", tool_calls={}), "messages[1].tool_calls"),
    ("call without id", calls({"function": {"name": "f"}}), "messages[1].tool_calls[0].id"),
    ("call id empty", calls(CALL | {"id": ""}), "messages[1].tool_calls[0].id"),
    ("call of nothing", calls({"id": "c"}), "messages[1].tool_calls[0].function"),
    ("call unknown", calls(CALL | {"type": "x"}), "messages[1].tool_calls[0].type"),
    ("call custom", calls(CALL | {"type": "custom"}), "messages[1].tool_calls[0].custom"),
    (
        "call without name",
        calls({"id": "c", "function": {}}),
        "messages[1].tool_calls[0].function.name",
    ),
    (
        "call with object",
        calls({"id": "c", "function": {"name": "f", "arguments": {}}}),
        "messages[1].tool_calls[0].function.arguments",
    ),
    ("tools object", {"tools": {}}, "tools"),
    ("tool number", {"tools": [1]}, "tools[0]"),
    ("tool empty", {"tools": [ADD, {}]}, "tools[1].type"),
    ("tool name", {"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
    ("functions name", {"functions": [{}]}, "functions[0].name"),
    ("functions text", {"functions": "f"}, "functions"),
    ("choice number", {"tools": [ADD], "tool_choice": 5}, "tool_choice"),
    ("choice unknown", {"tools": [ADD], "tool_choice": "maybe"}, "tool_choice"),
    ("choice required", {"tool_choice": "required"}, "tool_choice"),
    (
        "choice of another",
        {"tools": [ADD], "tool_choice": {"type": "function", "function": {"name": "sub"}}},
        "tool_choice.function.name",
    ),
    ("function_call unknown", {"function_call": "maybe"}, "function_call"),
    ("function_call empty", {"function_call": {}}, "function_call.name"),
    ("function_call of none", {"function_call": {"name": "f"}}, "function_call.name"),
    ("parallel text", {"parallel_tool_calls": "yes"}, "parallel_tool_calls"),
    ("format text", {"response_format": "json"}, "response_format"),
    ("format empty", {"response_format": {}}, "response_format.type"),
    ("format unknown", {"response_format": {"type": "xml"}}, "response_format.type"),
    (
        "format without schema",
        {"response_format": {"type": "json_schema"}},
        "response_format.json_schema",
    ),
    (
        "format without name",
        {"response_format": {"type": "json_schema", "json_schema": {}}},
        "response_format.json_schema.name",
    ),
    (
        "format name",
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a b"}}},
        "response_format.json_schema.name",
    ),
    ("effort", {"reasoning_effort": "much"}, "reasoning_effort"),
    ("reasoning effort", {"reasoning": {"effort": "much"}}, "reasoning.effort"),
    ("verbosity", {"verbosity": "much"}, "verbosity"),
    ("tier", {"service_tier": 5}, "service_tier"),
    ("stream", {"stream": "yes"}, "stream"),
    ("usage", {"stream_options": {"include_usage": 1}}, "stream_options.include_usage"),
    ("cache key", {"prompt_cache_key": 5}, "prompt_cache_key"),
    ("temperature", {"temperature": 2.1}, "temperature"),
    ("temperature text", {"temperature": "hot"}, "temperature"),
    ("top_p", {"top_p": -1}, "top_p"),
    ("penalty", {"frequency_penalty": 3}, "frequency_penalty"),
    ("n", {"n": 0}, "n"),
    ("n broken", {"n": 1.5}, "n"),
    ("n many", {"n": 129}, "n"),
    ("limit", {"max_completion_tokens": 0}, "max_completion_tokens"),
    ("limit text", {"max_tokens": "5"}, "max_tokens"),
    ("stop", {"stop": [5]}, "stop[0]"),
    ("bias", {"logit_bias": {"1": "x"}}, "logit_bias"),
    ("logprobs", {"top_logprobs": 21}, "top_logprobs"),
    ("seed", {"seed": "x"}, "seed"),
    ("metadata", {"metadata": {"a": 1}}, "metadata"),
    ("modality", {"modalities": ["smell"]}, "modalities[0]"),
    (
        "search size",
        {"web_search_options": {"search_context_size": "huge"}},
        "web_search_options.search_context_size",
    ),
    (
        "search place",
        {"web_search_options": {"user_location": {"type": "approximate"}}},
        "web_search_options.user_location.approximate",
    ),
]


@pytest.mark.parametrize(
    ("fields", "param"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_a_malformed_request_is_refused_at_its_place(fields: dict[str, Any], param: str) -> None:
    body = json.encode({"model": "gpt-5.5", "messages": [user()]} | fields)

    with pytest.raises(ApiError) as caught:
        CHAT.to_upstream(CHAT.parse(body).request)

    error = caught.value
    assert (error.kind, error.param) == (Kind.BAD_REQUEST, param)
    assert param in error.message
