"""A browser for the tests of the dashboard; without Chromium they are skipped, but not in CI."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import CHROMIUM, chromium

_NONE = "There is no Chromium here; install it (apt-get install chromium) to test the dashboard."


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of a module in one event loop, which is that of their browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A browser without a window; each visit to a product has a profile of its own."""
    if CHROMIUM is None:
        if os.environ.get("CI"):  # where a skipped test would be one that nobody runs
            pytest.fail(_NONE)
        pytest.skip(_NONE)
    async with chromium() as opened:
        yield opened
