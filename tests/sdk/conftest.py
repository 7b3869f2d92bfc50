"""A served product and clients of it, for each module of tests."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from tests.sdk.keys import ANNE, sdk
from tests.served import Served, served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Served]:
    """The product, with the ``SETTINGS`` of the module if it has some."""
    settings = getattr(request.module, "SETTINGS", {})
    async with served(tmp_path_factory.mktemp("home"), **settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(product: Served) -> AsyncIterator[AsyncOpenAI]:
    """The owner's; the simulator has forgotten what it was asked before."""
    product.simulator.state.reset()
    async with sdk(product, product.key) as owner:
        yield owner


@pytest_asyncio.fixture(loop_scope="module")
async def anne(product: Served) -> AsyncIterator[AsyncOpenAI]:
    """A caller's, in modules whose ``SETTINGS`` are ``TWO_CALLERS``."""
    async with sdk(product, ANNE) as caller:
        yield caller


@pytest_asyncio.fixture(loop_scope="module")
async def claude(product: Served) -> AsyncIterator[AsyncAnthropic]:
    """The owner's, of Anthropic."""
    product.simulator.state.reset()
    async with AsyncAnthropic(base_url=product.url, api_key=product.key, max_retries=0) as sdk:
        yield sdk
