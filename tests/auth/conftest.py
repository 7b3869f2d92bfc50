"""Shared by the tests that sign in."""

from collections.abc import AsyncIterator

import pytest

from tests.auth.browsers import House, signing_house


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with signing_house() as built:
        yield built
