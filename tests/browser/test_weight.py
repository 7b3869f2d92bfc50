"""A page is there at once, also over a slow line, and asks nothing again while nobody acts."""

from collections import Counter
from pathlib import Path

import pytest
from playwright.async_api import Browser, Request

from tests.browser.chromium import visiting
from tests.browser.pages import PAGES, Shown
from tests.browser.world import lived_in

BYTES = 40_000
REQUESTS = 12

FIRST = list({shown.path: shown for shown in reversed(PAGES) if "?" not in shown.path}.values())


@pytest.mark.parametrize("shown", FIRST, ids=lambda shown: shown.name)
async def test_the_first_load_is_light(browser: Browser, tmp_path: Path, shown: Shown) -> None:
    async with lived_in(tmp_path) as product, visiting(browser, product) as visit:
        (cookie,) = await visit.page.context.cookies()
        context = await browser.new_context()
        try:
            await context.add_cookies([cookie])  # a new browser: nothing is cached
            page = await context.new_page()
            done: list[Request] = []
            page.on("requestfinished", lambda request: done.append(request))  # noqa: PLW0108
            await page.goto(f"{product.url}{shown.path}")
            await page.locator(shown.sign).first.wait_for()
            sizes = [(request.url, await request.sizes()) for request in done]
        finally:
            await context.close()
    weight = sum(size["responseBodySize"] + size["responseHeadersSize"] for _, size in sizes)
    assert 5000 < weight < BYTES
    assert len(sizes) + 1 <= REQUESTS  # and the live feed, which never finishes
    assert max(Counter(url for url, _ in sizes).values()) == 1  # nothing is asked twice
