from collections.abc import AsyncIterator

import pytest

from tests.simulator.asking import Client, client


@pytest.fixture
async def sim() -> AsyncIterator[Client]:
    async with client() as signed_in:
        yield signed_in
