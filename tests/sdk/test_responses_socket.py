"""``client.responses.connect`` of the official Python SDK against the product."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from tests.served import served


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[AsyncOpenAI]:
    async with (
        served(tmp_path) as product,
        AsyncOpenAI(base_url=product.v1, api_key=product.key, max_retries=0) as sdk,
    ):
        yield sdk


async def test_two_turns_on_one_connection(client: AsyncOpenAI) -> None:
    answers = []
    async with client.responses.connect() as connection:
        for text in ("hello", "and again"):
            before = answers[-1].id if answers else None
            await connection.response.create(
                model="gpt-5.5", input=text, store=False, previous_response_id=before
            )
            async for event in connection:
                if event.type == "response.completed":
                    answers.append(event.response)
                    break

    assert [answer.output_text.endswith(("hello", "again")) for answer in answers] == [True, True]
    assert answers[1].previous_response_id == answers[0].id


@pytest.mark.parametrize("store", [True, False])
async def test_an_unknown_previous_response(client: AsyncOpenAI, store: bool) -> None:
    async with client.responses.connect() as connection:
        await connection.response.create(
            model="gpt-5.5", input="hi", store=store, previous_response_id="resp_gone"
        )
        event = await connection.recv()

    assert event.type == "error"
    assert event.model_dump()["error"]["code"] == "previous_response_not_found"
