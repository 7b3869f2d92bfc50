from typing import Any

import pytest

from tests.simulator.asking import (
    LITE,
    Client,
    call,
    classic,
    client,
    function,
    lite,
    namespace,
    output,
    user,
)


async def test_the_lite_shape_is_answered(sim: Client) -> None:
    answer = await sim.ask(lite(tools=namespace(function("add"))), **LITE)

    assert answer.status == 200
    assert answer.headers["openai-model"] == "gpt-5.6-terra"


async def test_strict_knows_no_lite_model_without_the_header(sim: Client) -> None:
    answer = await sim.ask(classic(model="gpt-5.6-luna"))

    assert (answer.status, answer.json) == (404, {"detail": "Model not found gpt-5.6-luna"})


async def test_lenient_takes_both_shapes() -> None:
    async with client(strict=False) as sim:
        assert (await sim.ask(classic(model="gpt-5.6-luna"))).status == 200
        assert (await sim.ask(lite(), **LITE)).status == 200


async def test_the_header_on_a_classic_model(sim: Client) -> None:
    answer = await sim.ask(lite(model="gpt-5.5"), **LITE)

    assert answer.status == 400
    assert answer.json["error"] == {
        "message": (
            "This model is not supported when using X-OpenAI-Internal-Codex-Responses-Lite."
        ),
        "type": "invalid_request_error",
        "param": "model",
        "code": "unsupported_value",
    }


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (lite() | {"tools": [function("f")]}, "tools"),
        (lite() | {"instructions": "x"}, "instructions"),
        (lite() | {"parallel_tool_calls": True}, "parallel_tool_calls"),
        (lite() | {"reasoning": {"effort": "low"}}, "reasoning.context"),
        (lite() | {"tools": [{"type": "web_search"}]}, "tools"),
        (lite(tools=[{"type": "image_generation"}]), "tools"),
        (
            lite(user("a"), {"type": "additional_tools", "role": "developer", "tools": []}),
            "input[1]",
        ),
        (
            lite(user("a", {"type": "input_image", "image_url": "https://x/y", "detail": "low"})),
            "input[0].content[1].detail",
        ),
    ],
)
async def test_what_the_lite_shape_must_keep_to(
    sim: Client, body: dict[str, Any], param: str
) -> None:
    answer = await sim.ask(body, **LITE)

    assert (answer.status, answer.json["error"]["param"]) == (400, param)


async def test_hosted_tools_have_their_own_text(sim: Client) -> None:
    answer = await sim.ask(lite() | {"tools": [{"type": "web_search"}]}, **LITE)

    assert answer.json["error"]["message"] == (
        "X-OpenAI-Internal-Codex-Responses-Lite only supports function tools, custom tools, and "
        "client-executed tool search."
    )


async def test_hidden_web_search_is_ignored_in_silence(sim: Client) -> None:
    tools = [*namespace(function("f")), {"type": "web_search"}]

    assert (await sim.ask(lite(tools=tools), **LITE)).status == 200


async def test_calls_carry_the_namespace_and_may_bring_it_back(sim: Client) -> None:
    tools = namespace(function("add", a={"type": "number"}))

    asked = await sim.ask(lite(user("SCENARIO:tool_call"), tools=tools), **LITE)
    made = asked.items[0]
    history = [user("SCENARIO:tool_call"), call(made["call_id"], "add", namespace="functions")]
    answer = await sim.ask(lite(*history, output(made["call_id"], "5"), tools=tools), **LITE)

    assert (made["namespace"], made["name"]) == ("functions", "add")
    assert answer.text == "This is a simulated answer. The tool returned: 5"
