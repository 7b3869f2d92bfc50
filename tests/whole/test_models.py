"""Which models there are, and which account serves them, over all accounts."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from codex2api.simulator.options import SimulatorOptions
from tests.served import Served, served, sign_in

PAID = "gpt-6-astra"


@pytest_asyncio.fixture
async def product(tmp_path: Path) -> AsyncIterator[Served]:
    """A free account, and one of a plan with more models."""
    options = SimulatorOptions(any_redirect_port=True, plan="free", plans={"work": "plus"})
    async with served(tmp_path, options) as running:
        sign_in(tmp_path, running.simulator, label="work")
        yield running


@pytest_asyncio.fixture
async def client(product: Served) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=product.v1, api_key=product.key, max_retries=0) as sdk:
        yield sdk


async def listed(client: AsyncOpenAI, account: str | None = None) -> set[str]:
    headers = {"x-codex2api-account": account} if account else {}
    return {model.id async for model in await client.models.list(extra_headers=headers)}


async def test_the_list_holds_the_models_of_all_accounts(client: AsyncOpenAI) -> None:
    everything = await listed(client)

    assert PAID in everything
    assert everything - {PAID} == await listed(client, "default")
    assert everything == await listed(client, "work")
    assert (await client.models.retrieve(f"{PAID}-high")).model_dump()["alias_of"] == PAID


async def test_who_asks_for_an_account_that_is_not_there_is_told(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.AuthenticationError, match="signed in as 'nobody'"):
        await listed(client, "nobody")


async def test_a_model_that_one_account_has_goes_to_that_one(
    client: AsyncOpenAI, product: Served
) -> None:
    for text in ("one", "two", "three", "four"):
        answer = await client.responses.with_raw_response.create(model=PAID, input=text)
        assert answer.headers["x-codex2api-account"] == "work"

    state = product.simulator.state
    asked = {
        dict(request.headers)["chatgpt-account-id"]
        for request in product.simulator.requests("/codex/responses")
    }
    assert asked == {state.account("work").account_id}, "the other one was not even asked"


async def test_a_changed_catalogue_is_noticed_on_the_next_answer(
    client: AsyncOpenAI, product: Served
) -> None:
    state = product.simulator.state
    before = await listed(client)
    state.options = dataclasses.replace(state.options, all_models=True)
    assert await listed(client) == before, "nothing has told of the change yet"

    for account in ("default", "work"):
        headers = {"x-codex2api-account": account}
        await client.responses.create(model="gpt-5.5", input="hi", extra_headers=headers)
        while "gpt-5.1" not in await listed(client, account):
            pass  # asking again is all the waiting there is

    assert await listed(client) > before
    assert (await client.responses.create(model="gpt-5.1-high", input="hi")).status == "completed"
