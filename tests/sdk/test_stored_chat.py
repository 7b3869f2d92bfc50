"""Stored chat completions with the official Python SDK."""

from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from tests.conformance.published import check
from tests.sdk.keys import BEN, TWO_CALLERS, sdk
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "gpt-5.5"
SETTINGS = TWO_CALLERS


async def ask(client: AsyncOpenAI, text: Any = "hello there", **how: Any) -> Any:
    messages: Any = [{"role": "user", "content": text}]
    return await client.chat.completions.create(
        **{"model": MODEL, "messages": messages, "store": True} | how
    )


async def test_a_completion_is_kept_described_and_deleted(anne: AsyncOpenAI) -> None:
    made = await ask(anne, metadata={"run": "1"})
    kept = await anne.chat.completions.retrieve(made.id)
    assert kept.to_dict() == made.to_dict() | {"metadata": {"run": "1"}}
    changed = await anne.chat.completions.update(made.id, metadata={"run": "2"})
    assert changed.to_dict() == made.to_dict() | {"metadata": {"run": "2"}}
    deleted = await anne.chat.completions.delete(made.id)
    check(deleted.to_dict(mode="json"), "ChatCompletionDeleted")
    for call in (anne.chat.completions.retrieve, anne.chat.completions.delete):
        with pytest.raises(openai.NotFoundError):
            await call(made.id)


@pytest.mark.parametrize("choices", [1, 2])
async def test_a_streamed_completion_is_kept_whole(anne: AsyncOpenAI, choices: int) -> None:
    whole = await ask(anne, n=choices)
    options: Any = {"include_usage": True}
    stream = await ask(anne, n=choices, stream=True, stream_options=options)
    chunks = [chunk async for chunk in stream]
    kept = await anne.chat.completions.retrieve(chunks[0].id)
    assert kept.choices == whole.choices
    assert (kept.usage, kept.created) == (chunks[-1].usage, chunks[0].created)


async def test_nothing_is_kept_unasked(anne: AsyncOpenAI) -> None:
    made = await ask(anne, store=None)
    with pytest.raises(openai.NotFoundError):
        await anne.chat.completions.retrieve(made.id)


async def test_a_cut_answer_is_not_kept(anne: AsyncOpenAI) -> None:
    stream = await ask(anne, "SCENARIO:cut go", stream=True)
    first = await anext(aiter(stream))
    with pytest.raises(openai.APIError):
        _ = [chunk async for chunk in stream]
    with pytest.raises(openai.NotFoundError):
        await anne.chat.completions.retrieve(first.id)


async def test_completions_are_listed(anne: AsyncOpenAI) -> None:
    made = [await ask(anne, metadata={"list": "a", "nr": str(at)}) for at in range(3)]
    other = await ask(anne, model="gpt-5.4", metadata={"list": "a"})
    completions = anne.chat.completions

    async def names(**query: Any) -> list[str]:
        return [each.id async for each in completions.list(metadata={"list": "a"}, **query)]

    assert await names(limit=2) == [*(each.id for each in made), other.id]
    assert await names(order="desc") == [other.id, *(each.id for each in reversed(made))]
    assert await names(model="gpt-5.4") == [other.id]
    numbered = await completions.list(metadata={"list": "a", "nr": "1"})
    assert [each.id for each in numbered.data] == [made[1].id]
    page = await completions.list(metadata={"list": "a"}, after=made[1].id, limit=1)
    assert ([each.id for each in page.data], page.has_more) == ([made[2].id], True)
    assert (await completions.list(metadata={"list": "b"})).data == []


async def test_lists_are_of_the_published_schema(product: Served) -> None:
    async with httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client:
        path = "/chat/completions"
        empty = (await client.get(path, params={"model": "none"})).json()
        check(empty, "ChatCompletionList")
        wish = {"model": MODEL, "messages": [{"role": "user", "content": "hi"}], "store": True}
        made = (await client.post(path, json=wish)).json()
        check((await client.get(path)).json(), "ChatCompletionList")
        messages = (await client.get(f"{path}/{made['id']}/messages")).json()
        # The published schema lets nobody but the assistant speak; its own example does not.
        (message,) = messages["data"]
        messages["data"] = [message | {"role": "assistant"}]
        check(messages, "ChatCompletionMessageList")


async def test_the_messages_of_a_completion(anne: AsyncOpenAI) -> None:
    parts: Any = [{"type": "text", "text": "hello"}, {"type": "text", "text": "there"}]
    made = await ask(anne, parts)
    page = await anne.chat.completions.messages.list(made.id)
    (message,) = page.data
    assert (message.id, message.role, message.content) == (f"{made.id}-0", "user", None)
    assert [part.text for part in message.content_parts or []] == ["hello", "there"]
    plain = await ask(anne, "hello")
    (message,) = (await anne.chat.completions.messages.list(plain.id)).data
    assert (message.content, message.content_parts) == ("hello", None)


async def test_messages_are_paged(anne: AsyncOpenAI) -> None:
    talk: Any = [{"role": "user", "content": f"part {number}"} for number in range(5)]
    made = await ask(anne, messages=talk)
    newest = anne.chat.completions.messages.list(made.id, order="desc", limit=2)
    said = [message.content async for message in newest]
    assert said == [f"part {number}" for number in (4, 3, 2, 1, 0)]


async def test_another_key_sees_nothing(anne: AsyncOpenAI, product: Served) -> None:
    made = await ask(anne, metadata={"whose": "anne"})
    async with sdk(product, BEN) as ben:
        completions = ben.chat.completions
        for refused in (
            completions.retrieve(made.id),
            completions.delete(made.id),
            completions.update(made.id, metadata={}),
        ):
            with pytest.raises(openai.NotFoundError):
                await refused
        with pytest.raises(openai.NotFoundError):
            await completions.messages.list(made.id)
        assert (await completions.list()).data == []
    async with sdk(product, product.key) as owner:
        listed = await owner.chat.completions.list(metadata={"whose": "anne"})
        assert [each.id for each in listed.data] == [made.id]
