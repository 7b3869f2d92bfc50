"""Conversations with the official Python SDK."""

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
HELLO: Any = {"role": "user", "content": "my name is Anne"}
NAMED: Any = HELLO | {"type": "message", "id": "msg_1"}
SETTINGS = TWO_CALLERS


def said(items: list[Any]) -> list[tuple[str, str]]:
    return [(item.role, item.content[0].text) for item in items]


async def all_said(client: AsyncOpenAI, name: str) -> list[tuple[str, str]]:
    items = client.conversations.items.list(name, order="asc", limit=3)
    return said([item async for item in items])


async def test_a_conversation_is_made_described_and_deleted(anne: AsyncOpenAI) -> None:
    made = await anne.conversations.create(items=[HELLO], metadata={"topic": "names"})
    check(made.to_dict(mode="json"), "ConversationResource")
    assert await anne.conversations.retrieve(made.id) == made
    changed = await anne.conversations.update(made.id, metadata={"topic": "people"})
    assert (changed.id, changed.metadata) == (made.id, {"topic": "people"})
    deleted = await anne.conversations.delete(made.id)
    check(deleted.to_dict(mode="json"), "DeletedConversationResource")
    for call in (anne.conversations.retrieve, anne.conversations.delete):
        with pytest.raises(openai.NotFoundError):
            await call(made.id)
    with pytest.raises(openai.NotFoundError):
        await anne.conversations.update(made.id, metadata={})


async def test_an_empty_conversation(anne: AsyncOpenAI) -> None:
    made = await anne.conversations.create()
    page = await anne.conversations.items.list(made.id)
    assert (page.data, page.has_more) == ([], False)


async def test_what_may_be_left_out(product: Served) -> None:
    async with httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client:
        made = (await client.post("/conversations")).json()
        assert made["metadata"] == {}
        path = f"/conversations/{made['id']}"
        await client.post(path, json={"metadata": {"a": "b"}})
        assert (await client.post(path, json={"metadata": None})).json() == made
        refused = await client.post(path)
        assert refused.json()["error"]["param"] == "metadata"


async def test_items_are_added_read_and_removed(anne: AsyncOpenAI) -> None:
    made = await anne.conversations.create(items=[HELLO])
    more: Any = [
        {"role": "assistant", "content": "hello Anne"},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "done"},
    ]
    added = await anne.conversations.items.create(made.id, items=more)
    check(added.to_dict(mode="json") | {"object": "list"}, "ConversationItemList")
    assert [item.type for item in added.data] == [
        "message",
        "function_call",
        "function_call_output",
    ]
    first = added.data[0]
    assert await anne.conversations.items.retrieve(first.id, conversation_id=made.id) == first
    left = await anne.conversations.items.delete(first.id, conversation_id=made.id)
    assert left == await anne.conversations.retrieve(made.id)
    for call in (anne.conversations.items.retrieve, anne.conversations.items.delete):
        with pytest.raises(openai.NotFoundError):
            await call(first.id, conversation_id=made.id)
    newest = await anne.conversations.items.list(made.id, limit=1)
    assert (newest.data[0].type, newest.has_more) == ("function_call_output", True)


async def test_files_stay_names(anne: AsyncOpenAI, product: Served) -> None:
    file = await anne.files.create(file=("notes.txt", b"remember the milk"), purpose="user_data")
    part: Any = {"type": "input_file", "file_id": file.id}
    made = await anne.conversations.create(items=[{"role": "user", "content": [part]}])
    (item,) = (await anne.conversations.items.list(made.id)).data
    assert item.to_dict()["content"] == [part]
    await anne.responses.create(model=MODEL, input="what?", conversation=made.id)
    asked = product.simulator.requests(path="/responses", method="POST")[-1].json["input"]
    assert asked[0]["content"][0]["filename"] == "notes.txt"
    missing: Any = {"type": "input_file", "file_id": "file-none"}
    with pytest.raises(openai.BadRequestError) as raised:
        await anne.conversations.create(items=[{"role": "user", "content": [missing]}])
    assert raised.value.param == "items[0].content[0].file_id"


async def test_answers_are_added_to_their_conversation(anne: AsyncOpenAI, product: Served) -> None:
    made = await anne.conversations.create(items=[HELLO])
    first = await anne.responses.create(model=MODEL, input="who am I?", conversation=made.id)
    assert first.conversation is not None
    assert first.conversation.id == made.id
    stream = await anne.responses.create(
        model=MODEL, input="really?", conversation={"id": made.id}, stream=True, store=False
    )
    second = [event async for event in stream][-1].response
    talk = [
        ("user", "my name is Anne"),
        ("user", "who am I?"),
        ("assistant", first.output_text),
        ("user", "really?"),
        ("assistant", second.output_text),
    ]
    assert await all_said(anne, made.id) == talk
    asked = product.simulator.requests(path="/responses", method="POST")[-1].json["input"]
    assert [(item["role"], item["content"][0]["text"]) for item in asked] == talk[:4]
    items = await anne.responses.input_items.list(first.id, order="asc")
    assert said(items.data) == talk[:2]
    # A chain that begins in a conversation goes on from there.
    chained = await anne.responses.create(model=MODEL, input="so?", previous_response_id=first.id)
    items = await anne.responses.input_items.list(chained.id, order="asc")
    assert said(items.data) == [*talk[:3], ("user", "so?")]


async def test_a_background_answer_is_added_once(anne: AsyncOpenAI) -> None:
    made = await anne.conversations.create(items=[HELLO])
    stream = await anne.responses.create(
        model=MODEL, input="who?", conversation=made.id, background=True, stream=True
    )
    answer = [event async for event in stream][-1].response
    talk = [("user", "my name is Anne"), ("user", "who?"), ("assistant", answer.output_text)]
    assert await all_said(anne, made.id) == talk


async def test_a_failed_answer_adds_nothing(anne: AsyncOpenAI) -> None:
    made = await anne.conversations.create(items=[HELLO])
    stream = await anne.responses.create(
        model=MODEL, input="SCENARIO:failed go", conversation=made.id, stream=True
    )
    with pytest.raises(openai.APIError):
        _ = [event async for event in stream]
    assert await all_said(anne, made.id) == [("user", "my name is Anne")]


async def test_conversation_and_chain_exclude_each_other(anne: AsyncOpenAI) -> None:
    made = await anne.conversations.create()
    answer = await anne.responses.create(model=MODEL, input="hi")
    with pytest.raises(openai.BadRequestError) as raised:
        await anne.responses.create(
            model=MODEL, input="hi", conversation=made.id, previous_response_id=answer.id
        )
    assert raised.value.code == "mutually_exclusive_parameters"


async def test_another_key_sees_nothing(anne: AsyncOpenAI, product: Served) -> None:
    made = await anne.conversations.create(items=[HELLO])
    (item,) = (await anne.conversations.items.list(made.id)).data
    async with sdk(product, BEN) as ben:
        items = ben.conversations.items
        for refused in (
            ben.conversations.retrieve(made.id),
            ben.conversations.delete(made.id),
            ben.conversations.update(made.id, metadata={}),
            items.create(made.id, items=[HELLO]),
            items.retrieve(item.id, conversation_id=made.id),
            items.delete(item.id, conversation_id=made.id),
            ben.responses.create(model=MODEL, input="hi", conversation=made.id),
        ):
            with pytest.raises(openai.NotFoundError):
                await refused
        with pytest.raises(openai.NotFoundError):
            await items.list(made.id)
    async with sdk(product, product.key) as owner:
        assert (await owner.conversations.retrieve(made.id)).id == made.id
    assert len((await anne.conversations.items.list(made.id)).data) == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"items": [{"role": "wizard", "content": "hi"}]}, "items[0].role"),
        ({"items": [HELLO] * 21}, "items"),
        ({"items": "hi"}, "items"),
        ({"items": [HELLO | {"id": 5}]}, "items[0].id"),
        ({"items": [{"type": "item_reference", "id": "msg_1"}]}, "items[0]"),
        ({"items": [NAMED, NAMED]}, "items[1].id"),
        ({"metadata": {"k" * 65: "v"}}, "metadata"),
        ({"metadata": {"k": "\0"}}, "metadata"),
        ({"metadata": {"k": "v" * 513}}, "metadata.k"),
        ({"metadata": {f"k{number}": "v" for number in range(17)}}, "metadata"),
    ],
)
async def test_bad_bodies(anne: AsyncOpenAI, body: Any, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        await anne.conversations.create(extra_body=body)
    assert raised.value.param == param


async def test_an_item_is_in_a_conversation_once(anne: AsyncOpenAI) -> None:
    made = await anne.conversations.create(items=[NAMED])
    with pytest.raises(openai.BadRequestError) as added:
        await anne.conversations.items.create(made.id, items=[HELLO, NAMED])
    with pytest.raises(openai.BadRequestError) as asked:
        await anne.responses.create(model=MODEL, input=[NAMED], conversation=made.id)
    assert (added.value.param, asked.value.param) == ("items[1].id", "input[0].id")
    assert await all_said(anne, made.id) == [("user", "my name is Anne")]


async def test_a_place_that_is_not_in_the_list_is_no_end_of_it(anne: AsyncOpenAI) -> None:
    made = await anne.conversations.create(items=[HELLO, NAMED])
    await anne.conversations.items.delete("msg_1", conversation_id=made.id)
    answer = await anne.responses.create(model=MODEL, input="hi", conversation=made.id)
    for listing in (
        anne.conversations.items.list(made.id, after="msg_1"),
        anne.responses.input_items.list(answer.id, after="msg_1"),
        anne.chat.completions.list(after="chatcmpl-1"),
        anne.files.list(after="file-1"),
    ):
        with pytest.raises(openai.BadRequestError) as raised:
            await listing
        assert raised.value.param == "after"


async def test_what_is_not_known_is_named_and_refused_in_strict_mode(anne: AsyncOpenAI) -> None:
    more: Any = {"extra_body": {"colour": "blue"}}
    made = await anne.conversations.with_raw_response.create(**more)
    assert made.headers["x-codex2api-dropped"] == "colour"
    with pytest.raises(openai.BadRequestError) as raised:
        await anne.conversations.create(**more, extra_headers={"x-codex2api-strict": "1"})
    assert (raised.value.param, raised.value.code) == ("colour", "unsupported_parameter")
