"""What the backend lacks and we do ourselves, as a program with the official SDK sees it."""

import asyncio
from collections import defaultdict
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = "SCENARIO:text:n=40:d=20 go"
"""Forty words, one every 20 ms: an answer that is under way for a while."""


def asks(text: str, **how: Any) -> dict[str, Any]:
    return {"model": "gpt-5.5", "messages": [{"role": "user", "content": text}], **how}


async def whole_text(client: AsyncOpenAI, text: str = LONG) -> str:
    answer = await client.chat.completions.create(**asks(text))
    return answer.choices[0].message.content


async def streamed(client: AsyncOpenAI, **how: Any) -> tuple[dict[int, str], dict[int, str], Any]:
    """Texts and finish reasons by choice, and the usage."""
    texts: defaultdict[int, str] = defaultdict(str)
    reasons: dict[int, str] = {}
    usage = None
    async for chunk in await client.chat.completions.create(**how, stream=True):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            if choice.finish_reason:
                assert choice.index not in reasons, "one ending a choice"
                reasons[choice.index] = choice.finish_reason
    return dict(texts), reasons, usage


def unfinished(product: Served) -> int:
    """How many streams the backend has begun and not ended."""
    streams = product.simulator.state.streams
    return streams.started - streams.finished


async def broken_off(product: Served, streams: int) -> None:
    """Wait until the backend has seen that so many of its streams were left early."""
    await asyncio.wait_for(product.simulator.state.streams.idle.wait(), 5)
    assert unfinished(product) == streams


async def test_a_stop_sequence_ends_text_and_backend(client: AsyncOpenAI, product: Served) -> None:
    said = await whole_text(client)
    stop = said[20:26]
    before = unfinished(product)

    texts, reasons, _ = await streamed(client, **asks(LONG, stop=[stop, "never said"]))

    assert (texts, reasons) == ({0: said[: said.index(stop)]}, {0: "stop"})
    await broken_off(product, before + 1)


async def test_a_whole_answer_is_cut_as_a_streamed_one(client: AsyncOpenAI) -> None:
    said = await whole_text(client)
    stop = said[20:26]

    reply = await client.chat.completions.with_raw_response.create(**asks(LONG, stop=stop))

    (choice,) = reply.parse().choices
    assert (choice.message.content, choice.finish_reason) == (said[: said.index(stop)], "stop")
    assert reply.headers["x-codex2api-emulated"] == "stop"


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
async def test_a_limit_ends_text_and_backend(
    client: AsyncOpenAI, product: Served, name: str
) -> None:
    said = await whole_text(client)
    before = unfinished(product)
    wish: dict[str, Any] = {name: 5, "stream_options": {"include_usage": True}}

    texts, reasons, usage = await streamed(client, **asks(LONG, **wish))

    assert reasons == {0: "length"}
    assert said.startswith(texts[0])
    assert 0 < len(texts[0]) < len(said)
    assert (usage.completion_tokens, usage.prompt_tokens > 0) == (5, True)
    await broken_off(product, before + 1)


async def test_max_output_tokens_of_a_response(client: AsyncOpenAI) -> None:
    response = await client.responses.create(model="gpt-5.5", input=LONG, max_output_tokens=5)

    assert response.status == "incomplete"
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output[-1].status == "incomplete"
    assert (await whole_text(client)).startswith(response.output_text)


async def test_a_streamed_response_within_its_limit(client: AsyncOpenAI) -> None:
    stream = await client.responses.create(
        model="gpt-5.5", input=LONG, max_output_tokens=5, stream=True
    )
    kinds = [event.type async for event in stream]

    assert kinds[-2:] == ["response.output_item.done", "response.incomplete"]


async def test_several_choices_at_once(client: AsyncOpenAI) -> None:
    one = await client.chat.completions.create(**asks("hi there"))
    three = await client.chat.completions.create(**asks("hi there", n=3))

    assert [choice.index for choice in three.choices] == [0, 1, 2]
    assert {choice.message.content for choice in three.choices} == {one.choices[0].message.content}
    assert three.usage.total_tokens == 3 * one.usage.total_tokens


async def test_several_choices_in_one_stream(client: AsyncOpenAI) -> None:
    said = await whole_text(client)

    texts, reasons, usage = await streamed(
        client, **asks(LONG, n=3, stream_options={"include_usage": True})
    )

    assert texts == dict.fromkeys(range(3), said)
    assert reasons == dict.fromkeys(range(3), "stop")
    assert usage.completion_tokens > 0


async def test_one_choice_that_fails_fails_the_answer(tmp_path: Path) -> None:
    async with (
        served(tmp_path) as product,
        AsyncOpenAI(base_url=product.v1, api_key=product.key, max_retries=0) as client,
    ):
        with pytest.raises(openai.APIError):
            await streamed(client, **asks("SCENARIO:cut:n=3:d=10 go", n=2))


async def test_too_many_choices_are_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await client.chat.completions.create(**asks("hi", n=9))

    assert refused.value.param == "n"
    assert "codex.maxChoices" in refused.value.message


async def test_a_caller_who_leaves_several_choices_ends_them_all(
    client: AsyncOpenAI, product: Served
) -> None:
    before = unfinished(product)
    stream = await client.chat.completions.create(**asks(LONG, n=3), stream=True)
    await anext(aiter(stream))
    await stream.close()

    await broken_off(product, before + 3)


async def test_prompts_beyond_what_runs_at_once_wait_for_their_turn(
    client: AsyncOpenAI, product: Served
) -> None:
    product.simulator.state.streams.most_at_once = 0
    prompts = [f"SCENARIO:text:n=3:d=5 {number}" for number in range(20)]

    answer = await client.completions.create(model="gpt-5.5", prompt=prompts, max_tokens=50)
    stream = await client.completions.create(
        model="gpt-5.5", prompt=prompts, max_tokens=50, stream=True
    )
    ended = [c.index async for chunk in stream for c in chunk.choices if c.finish_reason]

    assert [choice.index for choice in answer.choices] == list(range(20))
    assert sorted(ended) == list(range(20))
    assert product.simulator.state.streams.most_at_once == 8
