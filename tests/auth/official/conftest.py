"""Shared by the tests of the official sign-in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.auth.official.house import House, official_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with official_house(tmp_path) as built:
        yield built
