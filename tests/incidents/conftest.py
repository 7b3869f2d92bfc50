"""A served product for each module of tests, and a client without a key."""

from collections.abc import AsyncIterator

import httpx2
import pytest
import pytest_asyncio

from tests.served import Served, served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def stranger(product: Served) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=product.url) as http:
        yield http
