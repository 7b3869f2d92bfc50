"""The official Python SDK on ``/v1/completions``: what a user's program does and sees."""

from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from codex2api.protocol.tokens import count_tokens

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(client: AsyncOpenAI, prompt: Any, **how: Any) -> Any:
    wish = {"max_tokens": 1000} | how
    return await client.completions.create(model="gpt-5.5", prompt=prompt, **wish)


async def streamed(
    client: AsyncOpenAI, prompt: Any, **how: Any
) -> tuple[dict[int, str], list[Any]]:
    """The texts by choice, and all chunks."""
    chunks = [chunk async for chunk in await ask(client, prompt, stream=True, **how)]
    texts: dict[int, str] = {}
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] = texts.get(choice.index, "") + choice.text
    return texts, chunks


async def test_a_whole_completion(client: AsyncOpenAI) -> None:
    answer = await ask(client, "Once upon a time")

    [choice] = answer.choices
    assert "Once upon a time" in choice.text
    assert (choice.index, choice.logprobs, choice.finish_reason) == (0, None, "stop")
    assert (answer.object, answer.id[:5], answer.model) == ("text_completion", "cmpl-", "gpt-5.5")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_a_streamed_completion_says_the_same(client: AsyncOpenAI) -> None:
    whole = await ask(client, "Once upon a time")
    texts, chunks = await streamed(client, "Once upon a time")

    assert texts == {0: whole.choices[0].text}
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert {(chunk.object, chunk.id) for chunk in chunks} == {("text_completion", chunks[0].id)}
    assert all(chunk.usage is None for chunk in chunks)


async def test_the_usage_of_a_stream(client: AsyncOpenAI) -> None:
    whole = await ask(client, "hello")
    _, chunks = await streamed(client, "hello", stream_options={"include_usage": True})

    assert chunks[-1].choices == []
    assert chunks[-1].usage.prompt_tokens == whole.usage.prompt_tokens
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


async def test_several_prompts_and_several_answers_to_each(client: AsyncOpenAI) -> None:
    whole = await ask(client, ["alpha", "beta"], n=2)
    texts, _ = await streamed(client, ["alpha", "beta"], n=2)

    assert [choice.index for choice in whole.choices] == [0, 1, 2, 3]
    assert ["alpha" in choice.text for choice in whole.choices] == [True, True, False, False]
    assert texts == {choice.index: choice.text for choice in whole.choices}


async def test_echo(client: AsyncOpenAI) -> None:
    plain = await ask(client, "Once ")
    echoed = await ask(client, "Once ", echo=True)
    texts, chunks = await streamed(client, "Once ", echo=True)

    assert echoed.choices[0].text == "Once " + plain.choices[0].text
    assert texts == {0: echoed.choices[0].text}
    assert chunks[0].choices[0].text == "Once "


async def test_stop(client: AsyncOpenAI) -> None:
    whole = await ask(client, "one two three", stop=[" two"])
    texts, chunks = await streamed(client, "one two three", stop=" two")

    assert whole.choices[0].text.endswith("one")
    assert whole.choices[0].finish_reason == "stop"
    assert texts == {0: whole.choices[0].text}
    assert chunks[-1].choices[0].finish_reason == "stop"


@pytest.mark.parametrize("limit", [openai.NOT_GIVEN, 5])
async def test_the_limit_is_sixteen_tokens_unless_another_is_given(
    client: AsyncOpenAI, limit: Any
) -> None:
    prompt = "SCENARIO:text:n=60:size=4 go"
    whole = await ask(client, prompt, max_tokens=limit)
    texts, chunks = await streamed(client, prompt, max_tokens=limit)

    assert 0 < count_tokens(whole.choices[0].text) <= (limit or 16)
    assert whole.choices[0].finish_reason == "length"
    assert texts == {0: whole.choices[0].text}
    assert chunks[-1].choices[0].finish_reason == "length"


async def test_a_suffix(client: AsyncOpenAI) -> None:
    answer = await ask(client, "def f(", suffix="): pass")

    assert "<before>def f(</before><after>): pass</after>" in answer.choices[0].text


async def test_tokens_are_refused(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await ask(client, [[1, 2, 3]])

    assert caught.value.param == "prompt"


async def test_a_cut_stream_is_an_error(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.APIError):
        await streamed(client, "SCENARIO:cut:n=20 go")


async def test_the_headers_tell_what_became_of_it(client: AsyncOpenAI) -> None:
    raw = await client.completions.with_raw_response.create(
        model="gpt-5.5", prompt="hi", n=2, best_of=2, echo=True, logprobs=1, user="u"
    )

    assert raw.headers["x-codex2api-emulated"] == "echo, n"
    assert raw.headers["x-codex2api-dropped"] == "logprobs, user"
