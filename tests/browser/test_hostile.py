"""Whatever somebody has sent is shown as text, also if the ledger had let it in."""

import random
import time
from pathlib import Path

from msgspec import structs
from playwright.async_api import Browser, expect

from tests.browser.chromium import PATIENCE, visiting
from tests.browser.world import a_call, remember
from tests.served import served

expect.set_options(timeout=PATIENCE)

EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


async def test_names_are_text(browser: Browser, tmp_path: Path) -> None:
    call = a_call(random.Random(1), round(time.time() * 1000))
    evil = dict.fromkeys(("model", "asked_model", "client", "error", "key_name", "account"), EVIL)
    await remember(tmp_path, [structs.replace(call, **evil, route=EVIL, effort=EVIL)])
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        for path in ("/", "/requests"):
            await visit.go(path)
            row = visit.page.locator("tr[data-number]")
            await expect(row).to_contain_text("onerror")
            await row.click()
            await expect(visit.page.locator("#drawer")).to_contain_text("onerror")
            await visit.page.keyboard.press("Escape")
        assert await visit.page.locator("main img").count() == 0
        assert "owned" not in await visit.page.title()
        assert (visit.problems, visit.strangers) == ([], [])
