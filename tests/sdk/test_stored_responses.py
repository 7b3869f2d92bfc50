"""Stored responses with the official Python SDK: kept, chained, listed, cancelled, forgotten."""

import asyncio
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.conformance.published import check
from tests.sdk.keys import BEN, TWO_CALLERS, sdk
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL = "gpt-5.5"
UNDER_WAY = ("queued", "in_progress")
SETTINGS = TWO_CALLERS


async def ask(client: AsyncOpenAI, text: Any = "hello there", **how: Any) -> Any:
    return await client.responses.create(model=MODEL, input=text, **how)


def sent(product: Served) -> list[tuple[str, str]]:
    """Who said what in the last request to the backend."""
    body = product.simulator.requests(path="/responses", method="POST")[-1].json
    return [(item["role"], item["content"][0]["text"]) for item in body["input"]]


def said(items: list[Any]) -> list[tuple[str, str]]:
    return [(item.role, item.content[0].text) for item in items]


async def test_what_was_answered_is_retrieved(anne: AsyncOpenAI) -> None:
    answer = await ask(anne, metadata={"run": "1"})
    assert (answer.store, answer.metadata) == (True, {"run": "1"})
    again = await anne.responses.retrieve(answer.id, include=["reasoning.encrypted_content"])
    assert again.to_dict() == answer.to_dict()
    check(again.to_dict(mode="json"), "Response")


async def test_what_was_streamed_is_retrieved(anne: AsyncOpenAI) -> None:
    events = [event async for event in await ask(anne, stream=True)]
    again = await anne.responses.retrieve(events[-1].response.id)
    assert again.to_dict() == events[-1].response.to_dict()
    assert {event.response.id for event in events if hasattr(event, "response")} == {again.id}


async def test_nothing_is_kept_without_store(anne: AsyncOpenAI) -> None:
    answer = await ask(anne, store=False)
    assert answer.store is False
    with pytest.raises(openai.NotFoundError, match="not found"):
        await anne.responses.retrieve(answer.id)
    with pytest.raises(openai.BadRequestError) as raised:
        await ask(anne, previous_response_id=answer.id)
    assert raised.value.code == "previous_response_not_found"
    assert raised.value.param == "previous_response_id"


async def test_a_chain_of_answers(anne: AsyncOpenAI, product: Served) -> None:
    first = await ask(anne, "one", instructions="Be brief.")
    second = await ask(anne, "two", previous_response_id=first.id)
    streamed = await ask(anne, "three", previous_response_id=second.id, stream=True)
    third = [event async for event in streamed][-1].response
    assert third.previous_response_id == second.id
    talk = [
        ("user", "one"),
        ("assistant", first.output_text),
        ("user", "two"),
        ("assistant", second.output_text),
        ("user", "three"),
    ]
    assert sent(product) == talk
    upstream = product.simulator.requests(path="/responses", method="POST")[-1].json
    assert upstream["instructions"] != "Be brief."
    items = await anne.responses.input_items.list(third.id, order="asc")
    assert said(items.data) == talk


async def test_a_chain_with_a_gap_is_not_continued(anne: AsyncOpenAI) -> None:
    first = await ask(anne, "one")
    second = await ask(anne, "two", previous_response_id=first.id)
    await anne.responses.delete(first.id)
    with pytest.raises(openai.BadRequestError, match=first.id):
        await ask(anne, "three", previous_response_id=second.id)
    items = await anne.responses.input_items.list(second.id)
    assert said(items.data) == [("user", "two")]


async def test_a_tool_round_over_a_chain(anne: AsyncOpenAI) -> None:
    tool: Any = {
        "type": "function",
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    }
    asked = await ask(anne, "SCENARIO:tool_call weather?", tools=[tool])
    (call,) = (item for item in asked.output if item.type == "function_call")
    output = {"type": "function_call_output", "call_id": call.call_id, "output": "hail in Paris"}
    answer = await ask(anne, [output], previous_response_id=asked.id, tools=[tool])
    assert "hail in Paris" in answer.output_text
    items = (await anne.responses.input_items.list(answer.id, order="asc")).data
    assert [item.type for item in items][-2:] == ["function_call", "function_call_output"]


async def test_items_by_reference(anne: AsyncOpenAI, product: Served) -> None:
    first = await ask(anne, "one")
    reference: Any = {"type": "item_reference", "id": first.output[-1].id}
    await ask(anne, [reference, {"role": "user", "content": "two"}])
    assert sent(product) == [("assistant", first.output_text), ("user", "two")]
    with pytest.raises(openai.BadRequestError) as raised:
        await ask(anne, [{"role": "user", "content": "x"}, {"id": "msg_nowhere"}])
    assert raised.value.param == "input[1]"


async def test_input_items_are_paged(anne: AsyncOpenAI) -> None:
    talk: Any = [{"role": "user", "content": f"part {number}"} for number in range(5)]
    answer = await ask(anne, talk)
    newest = [item async for item in anne.responses.input_items.list(answer.id, limit=2)]
    assert said(newest) == [("user", f"part {number}") for number in (4, 3, 2, 1, 0)]
    page = await anne.responses.input_items.list(answer.id, limit=2, order="asc")
    assert (len(page.data), page.has_more) == (2, True)
    check(page.to_dict(mode="json") | {"object": "list"}, "ResponseItemList")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"order": "random"}, "order"),
        ({"include": ["nothing"]}, "include[][0]"),
    ],
)
async def test_bad_queries(anne: AsyncOpenAI, query: dict[str, Any], param: str) -> None:
    answer = await ask(anne)
    with pytest.raises(openai.BadRequestError) as raised:
        await anne.responses.input_items.list(answer.id, extra_query=query)
    assert raised.value.param == param


async def test_a_deleted_response_is_gone(anne: AsyncOpenAI) -> None:
    answer = await ask(anne)
    await anne.responses.delete(answer.id)
    with pytest.raises(openai.NotFoundError):
        await anne.responses.retrieve(answer.id)
    with pytest.raises(openai.NotFoundError):
        await anne.responses.delete(answer.id)


async def test_another_key_sees_nothing_and_the_owner_everything(
    anne: AsyncOpenAI, product: Served
) -> None:
    answer = await ask(anne)
    async with sdk(product, BEN) as ben:
        for call in (ben.responses.retrieve, ben.responses.delete, ben.responses.cancel):
            with pytest.raises(openai.NotFoundError):
                await call(answer.id)
        with pytest.raises(openai.NotFoundError):
            await ben.responses.input_items.list(answer.id)
        with pytest.raises(openai.BadRequestError):
            await ask(ben, previous_response_id=answer.id)
        with pytest.raises(openai.BadRequestError):
            await ask(ben, [{"type": "item_reference", "id": answer.output[-1].id}])
    async with sdk(product, product.key) as owner:
        assert (await owner.responses.retrieve(answer.id)).id == answer.id
    assert (await anne.responses.retrieve(answer.id)).id == answer.id


async def finished(client: AsyncOpenAI, name: str) -> Any:
    while True:
        response = await client.responses.retrieve(name)
        if response.status not in UNDER_WAY:
            return response
        await asyncio.sleep(0.01)


async def test_a_background_response_is_polled(anne: AsyncOpenAI) -> None:
    begun = await ask(anne, background=True)
    assert (begun.status, begun.background, begun.output) == ("queued", True, [])
    check(begun.to_dict(mode="json"), "Response")
    response = await finished(anne, begun.id)
    assert (response.status, response.output_text) == ("completed", (await ask(anne)).output_text)
    assert (await anne.responses.cancel(begun.id)).status == "completed"


async def test_a_background_response_is_streamed_and_replayed(anne: AsyncOpenAI) -> None:
    events = [event async for event in await ask(anne, background=True, stream=True)]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"
    name = events[-1].response.id
    replayed = [event async for event in await anne.responses.retrieve(name, stream=True)]
    assert replayed == events
    later = await anne.responses.retrieve(name, stream=True, starting_after=3)
    assert [event async for event in later] == events[4:]


async def test_a_background_response_survives_its_caller(anne: AsyncOpenAI) -> None:
    stream = await ask(anne, "SCENARIO:text:n=20:d=10 go", background=True, stream=True)
    first = await anext(aiter(stream))
    await stream.close()
    name = first.response.id
    events = [event async for event in await anne.responses.retrieve(name, stream=True)]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[0] == first
    assert (await finished(anne, name)).status == "completed"


async def test_a_background_response_is_cancelled(anne: AsyncOpenAI) -> None:
    stream = await ask(anne, "SCENARIO:stall go", background=True, stream=True)
    name = (await anext(aiter(stream))).response.id
    with pytest.raises(openai.BadRequestError) as raised:
        await ask(anne, previous_response_id=name)
    assert raised.value.code == "previous_response_not_finished"
    assert (await anne.responses.cancel(name)).status == "cancelled"
    with pytest.raises(openai.APIError, match="was cancelled"):
        _ = [event async for event in stream]
    assert (await anne.responses.cancel(name)).status == "cancelled"
    assert (await anne.responses.retrieve(name)).status == "cancelled"


async def test_a_background_response_that_fails(anne: AsyncOpenAI) -> None:
    begun = await ask(anne, "SCENARIO:failed go", background=True)
    response = await finished(anne, begun.id)
    assert response.status == "failed"
    assert response.error.message


async def test_only_background_responses_are_cancelled_or_replayed(anne: AsyncOpenAI) -> None:
    answer = await ask(anne)
    with pytest.raises(openai.BadRequestError, match="synchronous"):
        await anne.responses.cancel(answer.id)
    with pytest.raises(openai.BadRequestError) as raised:
        await anne.responses.retrieve(answer.id, stream=True)
    assert raised.value.param == "stream"
    with pytest.raises(openai.BadRequestError) as raised:
        await ask(anne, background=True, store=False)
    assert raised.value.param == "background"


async def test_a_deleted_background_response_is_stopped(anne: AsyncOpenAI) -> None:
    stream = await ask(anne, "SCENARIO:stall go", background=True, stream=True)
    name = (await anext(aiter(stream))).response.id
    await anne.responses.delete(name)
    with pytest.raises(openai.APIError, match="was cancelled"):
        _ = [event async for event in stream]
    with pytest.raises(openai.NotFoundError):
        await anne.responses.retrieve(name)
