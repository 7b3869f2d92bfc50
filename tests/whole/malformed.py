"""Malformed requests: what callers get wrong, and the ``param`` that the answer must name."""

from typing import Any, NamedTuple

import msgspec

CHAT = "/v1/chat/completions"
RESPONSES = "/v1/responses"
JSON = {"content-type": "application/json"}
HELLO = [{"role": "user", "content": "hi"}]


class Case(NamedTuple):
    """One bad request."""

    name: str
    path: str
    body: bytes
    param: str | None = None
    status: int = 400
    headers: dict[str, str] = JSON


def chat(name: str, param: str | None = None, status: int = 400, /, **fields: Any) -> Case:
    body = {"model": "gpt-5.5", "messages": HELLO} | fields
    return Case(f"chat: {name}", CHAT, msgspec.json.encode(body), param, status)


def responses(name: str, param: str | None = None, status: int = 400, /, **fields: Any) -> Case:
    body = {"model": "gpt-5.5", "input": "hi"} | fields
    return Case(f"responses: {name}", RESPONSES, msgspec.json.encode(body), param, status)


def message(name: str, param: str, content: Any = "hi", /, **fields: Any) -> Case:
    return chat(name, param, messages=[{"role": "user", "content": content} | fields])


def item(name: str, param: str, /, **fields: Any) -> Case:
    return responses(name, param, input=[fields])


def part(name: str, param: str, /, **fields: Any) -> Case:
    return message(name, f"messages[0].content[0]{param}", [fields])


def raw(name: str, body: bytes, status: int = 400) -> list[Case]:
    return [Case(f"{path}: {name}", path, body, None, status) for path in (CHAT, RESPONSES)]


FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {}}}

NOT_JSON = [
    case
    for name, body in {
        "empty body": b"",
        "not JSON": b"hello",
        "cut JSON": b'{"model": "gpt-5.5", "messages": [',
        "an array": b"[]",
        "a string": b'"hi"',
        "null": b"null",
        "a number": b"7",
        "NaN": b'{"model": "gpt-5.5", "temperature": NaN}',
        "Infinity": b'{"model": "gpt-5.5", "temperature": Infinity}',
        "deep arrays": b'{"model": "gpt-5.5", "messages": '
        + b"[" * 100_000
        + b"]" * 100_000
        + b"}",
        "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "deep and open": b"[" * 100_000,
        "lone surrogate": b'{"model": "gpt-5.5", "input": "\\ud800", '
        b'"messages": [{"role": "user", "content": "\\ud800"}]}',
        "invalid UTF-8": b'{"model": "gpt-5.5", "input": "\xff", '
        b'"messages": [{"role": "user", "content": "\xff"}]}',
        "trailing text": b'{"model": "gpt-5.5"} {"again": 1}',
        "single quotes": b"{'model': 'gpt-5.5'}",
    }.items()
    for case in raw(name, body)
]

HUGE = b"1" * 10_000
SAID = b'"messages": [{"role": "user", "content": "hi"}]'

WRONG_SHAPE = [
    Case(
        "chat: 1e999", CHAT, b'{"model": "m", ' + SAID + b', "temperature": 1e999}', "temperature"
    ),
    Case("chat: 10,000 digits", CHAT, b'{"model": "m", ' + SAID + b', "n": ' + HUGE + b"}", "n"),
    Case(
        "responses: 10,000 digits",
        RESPONSES,
        b'{"model": "m", "input": "x", "max_output_tokens": ' + HUGE + b"}",
        "max_output_tokens",
    ),
    Case(
        "responses: 1e999",
        RESPONSES,
        b'{"model": "m", "input": "x", "temperature": 1e999}',
        "temperature",
    ),
    Case("chat: no messages", CHAT, b'{"model": "gpt-5.5"}', "messages"),
    Case("chat: no model", CHAT, b'{"messages": [{"role": "user", "content": "hi"}]}', "model"),
    Case("responses: no model", RESPONSES, b'{"input": "hi"}', "model"),
    Case("responses: no input", RESPONSES, b'{"model": "gpt-5.5"}', "input"),
    chat("model a number", "model", model=7),
    chat("model null", "model", model=None),
    chat("model empty", "model", model=""),
    chat("messages a string", "messages", messages="hi"),
    chat("messages empty", "messages", messages=[]),
    chat("message a string", "messages[0]", messages=["hi"]),
    chat("message null", "messages[0]", messages=[None]),
    chat("no role", "messages[0].role", messages=[{"content": "hi"}]),
    message("unknown role", "messages[0].role", role="wizard"),
    message("content a number", "messages[0].content", 7),
    part("unknown part", ".type", type="hologram"),
    part("part without type", ".type", text="hi"),
    part("text missing", ".text", type="text"),
    part("text a number", ".text", type="text", text=7),
    part("image without url", ".image_url", type="image_url"),
    part("image url null", ".image_url.url", type="image_url", image_url={"url": None}),
    part(
        "bad data URL",
        ".image_url.url",
        type="image_url",
        image_url={"url": "data:image/png;base64,***"},
    ),
    part("empty data URL", ".image_url.url", type="image_url", image_url={"url": "data:"}),
    part(
        "image from a file path",
        ".image_url.url",
        type="image_url",
        image_url={"url": "file:///etc/passwd"},
    ),
    part("file without data", ".file.file_data", type="file", file={"filename": "a.pdf"}),
    part(
        "audio", ".input_audio", type="input_audio", input_audio={"data": "AAAA", "format": "wav"}
    ),
    chat(
        "tool message without call id",
        "messages[0].tool_call_id",
        messages=[{"role": "tool", "content": "x"}],
    ),
    chat(
        "result of no call",
        "messages[1].tool_call_id",
        messages=[*HELLO, {"role": "tool", "tool_call_id": "call_1", "content": "x"}],
    ),
    chat(
        "call without result",
        "messages[1].tool_calls[0].id",
        messages=[
            *HELLO,
            {"role": "assistant", "tool_calls": [{"id": "call_1", "function": {"name": "f"}}]},
            *HELLO,
        ],
    ),
    chat("tools an object", "tools", tools={}),
    chat("unknown tool type", "tools", tools=[{"type": "hammer"}]),
    chat(
        "function without name",
        "tools[0].function.name",
        tools=[{"type": "function", "function": {}}],
    ),
    chat("tool_choice a number", "tool_choice", tools=[FUNCTION], tool_choice=7),
    chat("unknown tool_choice", "tool_choice", tools=[FUNCTION], tool_choice="perhaps"),
    chat(
        "tool_choice of a missing tool",
        "tool_choice.function.name",
        tools=[FUNCTION],
        tool_choice={"type": "function", "function": {"name": "g"}},
    ),
    chat("response_format a string", "response_format", response_format="json"),
    chat("unknown response_format", "response_format.type", response_format={"type": "yaml"}),
    chat(
        "json_schema without schema name",
        "response_format.json_schema.name",
        response_format={"type": "json_schema", "json_schema": {"schema": {}}},
    ),
    chat("stream a string", "stream", stream="yes"),
    chat("stream_options a list", "stream_options", stream=True, stream_options=[]),
    chat("effort a number", "reasoning_effort", reasoning_effort=3),
    chat("unknown effort", "reasoning_effort", reasoning_effort="heroic"),
    chat("unknown verbosity", "verbosity", verbosity="shouting"),
    chat("unknown model", "model", 404, model="gpt-unknown"),
    responses("unknown model", "model", 404, model="gpt-unknown"),
    responses("input a number", "input", input=7),
    responses("input null", "input", input=None),
    responses("item a string", "input[0]", input=["hi"]),
    item("item without anything", "input[0].type"),
    item("item of an empty type", "input[0].type", type="", content="hi"),
    item("item id a number", "input[0].id", role="user", content="hi", id=7),
    item("unknown role", "input[0].role", role="wizard", content="hi"),
    item("content a number", "input[0].content", role="user", content=7),
    item("unknown part", "input[0].content[0].type", role="user", content=[{"type": "hologram"}]),
    item(
        "bad data URL",
        "input[0].content[0].image_url",
        role="user",
        content=[{"type": "input_image", "image_url": "data:image/png;base64,***"}],
    ),
    item("item reference", "input[0]", type="item_reference", id="rs_1"),
    item(
        "call without call id", "input[0].call_id", type="function_call", name="f", arguments="{}"
    ),
    item("output without call id", "input[0].call_id", type="function_call_output", output="x"),
    responses("tools a string", "tools", tools="f"),
    responses("unknown tool type", "tools", tools=[{"type": "hammer"}]),
    responses("function without name", "tools[0].name", tools=[{"type": "function"}]),
    responses("instructions a number", "instructions", instructions=7),
    responses("reasoning a string", "reasoning", reasoning="high"),
    responses("unknown effort", "reasoning.effort", reasoning={"effort": "heroic"}),
    responses("text a string", "text", text="json"),
    responses("unknown format", "text.format.type", text={"format": {"type": "yaml"}}),
    responses("previous response", "previous_response_id", previous_response_id="resp_1"),
    responses("stream a number", "stream", stream=1),
    responses("include a string", "include", include="reasoning.encrypted_content"),
]

OTHER = [
    Case(
        "form body",
        CHAT,
        b"model=gpt-5.5",
        "content-type",
        415,
        {"content-type": "application/x-www-form-urlencoded"},
    ),
    Case("text body", RESPONSES, b"{}", "content-type", 415, {"content-type": "text/plain"}),
    Case("no content type", CHAT, b"{}", "content-type", 415, {}),
    Case(
        "nonsense as gzip",
        CHAT,
        b"nonsense",
        "content-encoding",
        400,
        JSON | {"content-encoding": "gzip"},
    ),
    Case(
        "unknown encoding",
        CHAT,
        b"nonsense",
        "content-encoding",
        415,
        JSON | {"content-encoding": "br"},
    ),
]

CASES = [*NOT_JSON, *WRONG_SHAPE, *OTHER]
