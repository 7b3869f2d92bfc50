import json
from typing import Any

import pytest

from codex2api.simulator.scenarios.sealed import seal
from tests.simulator.asking import Client, call, classic, client, function, output, user

PNG = (  # one pixel
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhf"
    "DwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
ABSENT = object()


def changed(**fields: Any) -> dict[str, Any]:
    body = classic() | fields
    return {name: value for name, value in body.items() if value is not ABSENT}


DETAILS = [
    ({"store": True}, "Store must be set to false"),
    ({"store": ABSENT}, "Store must be set to false"),
    ({"stream": False}, "Stream must be set to true"),
    ({"stream": ABSENT}, "Stream must be set to true"),
    ({"instructions": ABSENT}, "Instructions are required"),
    ({"instructions": None}, "Instructions are required"),
    ({"input": "hi"}, "Input must be a list"),
    ({"input": [{"role": "system", "content": "x"}]}, "System messages are not allowed"),
    ({"service_tier": "flex"}, "Unsupported service_tier: flex"),
    ({"service_tier": "ultrafast"}, "Unsupported service_tier: ultrafast"),
    (
        {"model": "gpt-5.1-codex"},
        "The 'gpt-5.1-codex' model is not supported when using Codex with a ChatGPT account.",
    ),
    (
        {"stream_options": {"include_usage": True}},
        "Unsupported parameter: stream_options.include_usage",
    ),
]

FORBIDDEN = [
    "max_output_tokens", "max_tokens", "max_completion_tokens", "temperature", "top_p",
    "metadata", "user", "truncation", "context_management", "prompt_cache_retention",
    "prompt_cache_options", "safety_identifier", "previous_response_id", "generate",
    "stream_id", "type", "stop", "seed", "n", "frequency_penalty", "presence_penalty",
    "logprobs", "top_logprobs", "logit_bias", "response_format", "background", "conversation",
    "prompt", "max_tool_calls",
]  # fmt: skip


@pytest.mark.parametrize(("fields", "text"), DETAILS)
async def test_short_refusals(sim: Client, fields: dict[str, Any], text: str) -> None:
    answer = await sim.ask(changed(**fields))

    assert (answer.status, answer.json) == (400, {"detail": text})


async def test_every_forbidden_name(sim: Client) -> None:
    for name in FORBIDDEN:
        answer = await sim.ask(changed(**{name: 1}))
        assert (answer.status, answer.json) == (400, {"detail": f"Unsupported parameter: {name}"})


ENVELOPES = [
    (
        {"reasoning": {"effort": "minimal"}},
        (
            "Unsupported value: 'minimal' is not supported with the 'gpt-5.5' model. Supported "
            "values are: 'low', 'medium', 'high', and 'xhigh'."
        ),
        "reasoning.effort",
        "unsupported_value",
    ),
    (
        {"input": [call("call_1")]},
        "No tool output found for function call call_1.",
        "input",
        None,
    ),
    (
        {"input": [output("call_1")]},
        "No tool call found for function call output with call_id call_1.",
        "input",
        None,
    ),
    (
        {"input": [user("a"), user("b") | {"id": "item_1"}]},
        "Invalid 'input[1].id': 'item_1'. Expected an ID that begins with 'msg'.",
        "input[1].id",
        "invalid_value",
    ),
    (
        {"input": [user("a", {"type": "output_text", "text": "x"})]},
        (
            "Invalid value: 'output_text'. Supported values are: 'input_text', 'input_image', "
            "'input_file', and 'input_audio'."
        ),
        "input[0].content[1]",
        "invalid_value",
    ),
    (
        {"input": [call("c"), output("c", [{"type": "output_text", "text": "x"}])]},
        (
            "Invalid value: 'output_text'. Supported values are: 'input_text', 'input_image', "
            "'input_file', 'input_audio', and 'encrypted_content'."
        ),
        "input[1].output[0]",
        "invalid_value",
    ),
    (
        {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]},
        "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
        "input[0].content[0]",
        "invalid_value",
    ),
    (
        {"input": [{"type": "reasoning", "summary": []}]},
        "Missing required parameter: 'input[0].id'.",
        "input[0].id",
        "missing_required_parameter",
    ),
    (
        {"input": [call("c", namespace="functions"), output("c")]},
        "Unknown parameter: 'input[0].namespace'.",
        "input[0].namespace",
        "unknown_parameter",
    ),
    (
        {"tools": [function("f", a={"type": "string"}) | {"strict": True}]},
        (
            "Invalid schema for function 'f': In context=(), 'additionalProperties' is required to "
            "be supplied and to be false."
        ),
        "tools[0].parameters",
        "invalid_function_parameters",
    ),
    (
        {"tools": [{"type": "web_search_preview"}]},
        "Unsupported tool type: web_search_preview",
        "tools",
        "invalid_value",
    ),
    (
        {"tools": [{"type": "function", "name": "a.b"}]},
        (
            "Invalid 'tools[0].name': string does not match pattern. Expected a string that "
            "matches the pattern '^[a-zA-Z0-9_-]+$'."
        ),
        "tools[0].name",
        "invalid_value",
    ),
    (
        {"tool_choice": {"type": "function", "name": "g"}, "tools": [function("f")]},
        "Tool choice 'function' not found in 'tools' parameter.",
        "tool_choice",
        "invalid_value",
    ),
    (
        {"client_metadata": {"a": 1}},
        "Invalid type for 'client_metadata.a': expected a string.",
        "client_metadata.a",
        "invalid_type",
    ),
]


@pytest.mark.parametrize(("fields", "message", "param", "code"), ENVELOPES)
async def test_long_refusals(
    sim: Client, fields: dict[str, Any], message: str, param: str, code: str | None
) -> None:
    answer = await sim.ask(changed(**fields))

    assert answer.status == 400
    assert answer.json["error"] == {
        "message": message,
        "type": "invalid_request_error",
        "param": param,
        "code": code,
    }


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,AAAA", "data:text/plain;base64,aGk=", "data:image/png,x"]
)
async def test_data_urls_that_hold_no_image(sim: Client, url: str) -> None:
    answer = await sim.ask(classic(user("look", {"type": "input_image", "image_url": url})))

    assert answer.json["error"]["code"] == "image_parse_error"


async def test_an_image_is_taken(sim: Client) -> None:
    part = {"type": "input_image", "image_url": PNG, "detail": "low"}

    assert (await sim.ask(classic(user("look", part)))).status == 200


async def test_reasoning_is_found_by_its_encrypted_content_alone(sim: Client) -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": []}

    answer = await sim.ask(classic(item, user("go on")))

    assert answer.status == 404
    assert answer.json["error"]["message"] == (
        "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. "
        "Try again with `store` set to true, or remove this item from your input."
    )


async def test_encrypted_content_belongs_to_an_account(sim: Client) -> None:
    mine = sim.simulator.make_tokens()["account_id"]
    item = {"type": "reasoning", "summary": []}

    own = await sim.ask(classic(item | {"encrypted_content": seal(mine, "x")}, user("go on")))
    foreign = await sim.ask(classic(item | {"encrypted_content": seal("other", "x")}, user("go")))
    torn = await sim.ask(classic(item | {"encrypted_content": seal(mine, "x")[:-1]}, user("go")))

    assert own.status == 200
    for refused in (foreign, torn):
        assert (refused.status, refused.json["error"]["code"]) == (400, "invalid_encrypted_content")
        assert refused.json["error"]["message"].startswith("The encrypted content ")


async def test_the_first_fault_is_the_answer(sim: Client) -> None:
    answer = await sim.ask(changed(temperature=1, store=True, model="nope"))

    assert answer.json == {"detail": "Unsupported parameter: temperature"}


async def test_the_prompt_rule_of_2025() -> None:
    async with client(official_prompt="You are Codex.") as sim:
        other = await sim.ask(changed())
        right = await sim.ask(changed(instructions="You are Codex."))

        assert (other.status, other.json) == (400, {"detail": "Instructions are not valid"})
        assert right.status == 200


@pytest.mark.parametrize("originator", ["codex_exec", "codex2api"])
async def test_codex_itself_needs_no_instructions(sim: Client, originator: str) -> None:
    first = {"type": "message", "role": "developer", "content": "You are Codex."}

    answer = await sim.ask(
        changed(input=[first, user("hi")], instructions=ABSENT), originator=originator
    )

    assert answer.status == (200 if originator == "codex_exec" else 400)


async def test_a_strict_answer_schema_must_be_complete(sim: Client) -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "required": ["a"],
    }
    wanted = {"type": "json_schema", "name": "n", "strict": True, "schema": schema}

    answer = await sim.ask(changed(text={"format": wanted}))

    assert answer.json["error"]["param"] == "text.format.schema"
    assert "Missing 'b'" in answer.json["error"]["message"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", json.dumps("x").encode()])
async def test_bodies_that_are_no_object(sim: Client, data: bytes) -> None:
    url = f"{sim.simulator.backend_url}/codex/responses"
    async with sim.http.post(url, data=data, headers=sim.headers()) as answer:
        assert answer.status == 400
