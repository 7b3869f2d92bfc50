"""What happens shows by itself: rows, accounts, and all of it again after a restart."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
from playwright.async_api import Browser, expect

from tests.browser.chromium import PATIENCE, visiting
from tests.served import Served, replica, served

expect.set_options(timeout=PATIENCE)


async def ask(product: Served, **fields: Any) -> None:
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as http:
        body = {"model": "gpt-5.5", "input": "Hi", **fields}
        assert (await http.post("/v1/responses", json=body, timeout=60)).status_code < 500


async def test_a_row_arrives_by_itself(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await visit.go("/requests")
        await expect(visit.page.get_by_text("No requests yet")).to_be_visible()
        await ask(product)
        rows = visit.page.locator("tr[data-number]")
        await expect(rows).to_have_count(1)
        await ask(product, model="gpt-none")
        await expect(rows).to_have_count(2)
        await expect(rows.first).to_contain_text("404")
        assert visit.problems == []


async def test_a_pause_holds_rows_back(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await ask(product)
        await visit.go("/requests")
        rows = visit.page.locator("tr[data-number]")
        await expect(rows).to_have_count(1)
        await visit.page.get_by_role("button", name="Pause").click()
        await ask(product)
        await expect(visit.page.get_by_text("1 more since the pause")).to_be_visible()
        await expect(rows).to_have_count(1)
        await visit.page.get_by_role("button", name="Resume").click()
        await expect(rows).to_have_count(2)


async def test_filters_are_in_the_address_and_hold_for_what_arrives(
    browser: Browser, tmp_path: Path
) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await ask(product)
        await visit.go("/requests")
        rows = visit.page.locator("tr[data-number]")
        await expect(rows).to_have_count(1)
        await visit.page.get_by_label("Status").select_option("error")
        await expect(visit.page.get_by_text("No such requests")).to_be_visible()
        assert visit.page.url.endswith("/requests?status=error")
        await ask(product)
        await ask(product, model="gpt-none")
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("model_not_found")
        await visit.page.reload()
        await expect(visit.page.get_by_label("Status")).to_have_value("error")
        await expect(rows).to_have_count(1)


async def test_it_goes_on_after_a_restart(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as house, AsyncExitStack() as stack:
        async with replica(house) as first:
            port = int(first.url.rpartition(":")[2])
            visit = await stack.enter_async_context(visiting(browser, first))
            await visit.go("/requests")
            await expect(visit.page.locator("live-state")).to_have_text("live")
        await expect(visit.page.locator("live-state")).to_have_text("reconnecting …")
        await ask(house)
        second = await stack.enter_async_context(replica(house, port))
        await expect(visit.page.locator("live-state")).to_have_text("live")
        await expect(visit.page.locator("tr[data-number]")).to_have_count(1)
        await ask(second)
        await expect(visit.page.locator("tr[data-number]")).to_have_count(2)
        await visit.page.close()


async def test_an_account_that_is_paused_shows_it_in_every_window(
    browser: Browser, tmp_path: Path
) -> None:
    async with (
        served(tmp_path) as product,
        visiting(browser, product) as one,
        visiting(browser, product) as other,
    ):
        await one.go("/accounts")
        await other.go("/")
        await one.page.get_by_role("button", name="Pause").click()
        await expect(one.page.locator("account-card")).to_contain_text("Paused")
        await expect(other.page.locator("account-card")).to_contain_text("Paused")
        await expect(other.page.get_by_text("Every account is paused")).to_be_visible()
        async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as http:
            body = {"model": "gpt-5.5", "input": "Hi"}
            refused = (await http.post("/v1/responses", json=body)).json()["error"]
        assert refused["code"] == "account_paused"
        await one.page.get_by_role("button", name="Resume").click()
        await expect(other.page.locator("account-card")).to_contain_text("Active")


async def test_a_hidden_page_lets_the_feed_go(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await visit.go("/requests")
        await expect(visit.page.locator("live-state")).to_have_text("live")
        hide = """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
        await visit.page.evaluate(hide, True)
        await expect(visit.page.locator("live-state")).to_have_text("not live")
        await ask(product)
        await visit.page.evaluate(hide, False)
        await expect(visit.page.locator("tr[data-number]")).to_have_count(1)
