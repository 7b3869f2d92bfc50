"""Whatever somebody has sent is shown as text, also if the ledger had let it in."""

import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec import structs
from playwright.async_api import Browser, expect

from codex2api.simulator.backend.catalogue import entry
from codex2api.simulator.backend.models import MODELS
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


@asynccontextmanager
async def catalogue_of(slug: str) -> AsyncIterator[str]:
    """The address of a backend that has one model."""
    spec = replace(MODELS[0], slug=slug)
    listed = {"models": [entry(spec) | {"description": EVIL, "display_name": EVIL}]}

    async def models(_request: web.Request) -> web.Response:
        return web.json_response(listed)

    app = web.Application()
    app.router.add_get("/codex/models", models)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_models_are_text(browser: Browser, tmp_path: Path) -> None:
    async with (
        catalogue_of(EVIL) as url,
        served(tmp_path, **{"backend.url": url}) as product,
        visiting(browser, product) as visit,
    ):
        await visit.go("/models")
        await expect(visit.page.locator("[data-model]")).to_contain_text("onerror")
        await visit.page.get_by_role("link", name="Try").click()
        await expect(visit.page.get_by_label("Model", exact=True)).to_contain_text("onerror")
        await visit.page.get_by_role("button", name="As code").click()
        await expect(visit.page.locator("#as-code pre")).to_contain_text("onerror")
        assert await visit.page.locator("main :is(img, script)").count() == 0
        assert "owned" not in await visit.page.title()
        assert (visit.problems, visit.strangers) == ([], [])
