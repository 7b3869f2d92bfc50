"""``client.responses.compact`` and ``client.responses.input_tokens`` against the product."""

import base64
import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.conformance.published import check_answer
from tests.sdk.pictures import PNG
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

TALK: Any = [
    {"role": "user", "content": "What is the capital of France?"},
    {"role": "assistant", "content": "Paris."},
    {"role": "user", "content": "And of Spain?"},
]


def sent(product: Served) -> list[Any]:
    return [json.loads(r.body) for r in product.simulator.requests("/codex/responses/compact")]


async def test_a_conversation_is_compacted(client: AsyncOpenAI, product: Served) -> None:
    raw = await client.responses.with_raw_response.compact(
        model="gpt-5.5-high", input=TALK, instructions="Be brief."
    )
    answer = raw.parse()

    assert answer.object == "response.compaction"
    assert [item.type for item in answer.output] == ["message", "message", "compaction"]
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert raw.headers["x-codex2api-tokenizer"] == "o200k_base"
    assert raw.headers["openai-model"] == "gpt-5.5"
    body = sent(product)[0]
    assert body.pop("prompt_cache_key")
    assert body == {
        "model": "gpt-5.5",
        "input": [
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "What is the capital of France?"}],
            },
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Paris.", "annotations": []}],
            },
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "And of Spain?"}],
            },
        ],
        "instructions": "Be brief.",
        "parallel_tool_calls": False,
        "reasoning": {"effort": "high", "summary": "auto"},
        "text": {"verbosity": "medium"},
    }


async def test_the_answer_is_as_published(client: AsyncOpenAI) -> None:
    raw = await client.responses.with_raw_response.compact(model="gpt-5.5", input=TALK)

    check_answer(json.loads(raw.content), "/responses/compact", "post")


async def test_a_compacted_conversation_goes_on(client: AsyncOpenAI, product: Served) -> None:
    short = await client.responses.with_raw_response.compact(model="gpt-5.5", input=TALK)
    items: Any = json.loads(short.content)["output"]

    answer = await client.responses.create(
        model="gpt-5.5", input=[*items, {"role": "user", "content": "And of Italy?"}], store=False
    )

    assert answer.status == "completed"
    asked = json.loads(product.simulator.requests("/codex/responses")[-1].body)
    assert asked["input"][2] == items[2]


async def test_a_lite_model_compacts_in_its_own_form(client: AsyncOpenAI, product: Served) -> None:
    await client.responses.compact(model="gpt-5.6-luna", input="hi", instructions="Be brief.")

    asked = product.simulator.requests("/codex/responses/compact")[0]
    assert dict(asked.headers)["x-openai-internal-codex-responses-lite"] == "true"
    assert [item["role"] for item in sent(product)[0]["input"]] == ["developer", "user"]


@pytest.mark.parametrize(
    ("body", "param"),
    [({}, "input"), ({"input": [{"type": "function_call"}]}, "input[0].call_id")],
)
async def test_what_cannot_be_compacted_is_named(
    client: AsyncOpenAI, body: Any, param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.responses.compact(model="gpt-5.5", **body)

    assert refused.value.param == param
    assert refused.value.code == "missing_required_parameter"


async def test_an_expired_token_is_renewed(client: AsyncOpenAI, product: Served) -> None:
    switches = product.simulator.state.backend_switches
    switches.mode, switches.times = "token_expired", 1

    answer = await client.responses.compact(model="gpt-5.5", input="hi")

    assert answer.output[-1].type == "compaction"


async def count(client: AsyncOpenAI, **body: Any) -> int:
    return (await client.responses.input_tokens.count(**body)).input_tokens


async def test_input_is_counted(client: AsyncOpenAI, product: Served) -> None:
    raw = await client.responses.input_tokens.with_raw_response.count(
        model="gpt-5.5", input="hello world", instructions="Be brief."
    )

    assert json.loads(raw.content) == {"object": "response.input_tokens", "input_tokens": 16}
    assert raw.headers["x-codex2api-tokenizer"] == "o200k_base"
    assert product.simulator.requests("/codex/responses") == []
    check_answer(json.loads(raw.content), "/responses/input_tokens", "post")


async def test_all_that_the_model_reads_has_a_weight(client: AsyncOpenAI) -> None:
    tool: Any = {"type": "function", "name": "f", "parameters": {}, "strict": True}
    schema: Any = {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}}
    image = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    picture: Any = {"type": "input_image", "image_url": image, "detail": "high"}
    asks: Any = [{"role": "user", "content": [{"type": "input_text", "text": "hi"}, picture]}]
    plain = await count(client, input="hi")

    assert await count(client) == 3
    assert await count(client, input="hi", tools=[tool]) > plain
    assert await count(client, input="hi", text=schema) > plain
    assert await count(client, input=asks) == plain + 70 + 140


async def test_what_was_said_before_belongs_to_it(client: AsyncOpenAI, product: Served) -> None:
    before = await client.responses.create(model="gpt-5.5", input="What is the capital of Peru?")
    said = "And of Chile?"

    alone = await count(client, input=said)
    together = await count(client, input=said, previous_response_id=before.id)
    short = await client.responses.compact(model="gpt-5.5", previous_response_id=before.id)

    assert together > alone + 10
    assert [item.type for item in short.output] == ["message", "compaction"]
    assert [item["role"] for item in sent(product)[-1]["input"]] == ["user", "assistant"]


async def test_a_backend_that_refuses_is_heard(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        await client.responses.compact(model="gpt-3", input="hi")
    assert unknown.value.code == "model_not_found"

    with pytest.raises(openai.RateLimitError) as refused:  # the last test: the account rests now
        await client.responses.compact(model="gpt-5.5", input="SCENARIO:usage_limit hi")
    assert refused.value.code == "usage_limit_reached"
