"""A browser for the tests of the dashboard; without Chromium they are skipped, but not in CI."""

import os
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.chromium import CHROMIUM, chromium

_NONE = "There is no Chromium here; install it (apt-get install chromium) to test the dashboard."


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser without a window."""
    if CHROMIUM is None:
        if os.environ.get("CI"):  # where a skipped test would be one that nobody runs
            pytest.fail(_NONE)
        pytest.skip(_NONE)
    async with chromium() as opened:
        yield opened
