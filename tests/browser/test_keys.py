"""Keys of programs: made, used and revoked, without a mouse."""

from pathlib import Path

import httpx2
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import PATIENCE, visiting
from tests.served import Served, served

expect.set_options(timeout=PATIENCE)


async def opens(product: Served, key: str) -> int:
    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(base_url=product.url, headers=headers) as http:
        return int((await http.get("/v1/models")).status_code)


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    seen = """() => {
        const at = document.activeElement;
        return at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
    }"""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if (await page.evaluate(seen)).strip() == name:
            return
    raise AssertionError(f"Tab does not reach '{name}'")


async def test_a_key_by_keyboard_alone(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        page = visit.page
        await visit.go("/keys")
        await tab_to(page, "Create the first key")
        await page.keyboard.press("Enter")
        await expect(page.get_by_label("Name")).to_be_focused()
        await page.keyboard.type("laptop")
        await tab_to(page, "Limits")
        await page.keyboard.press("Enter")
        await tab_to(page, "Requests")
        await page.keyboard.type("100 an hour")
        await page.keyboard.press("Enter")
        await expect(page.locator("#key-problem")).to_be_visible()
        await expect(page.get_by_label("Requests", exact=True)).to_be_focused()  # what is wrong
        await page.keyboard.press("Control+A")
        await page.keyboard.type("100/1h")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("It is shown this once")).to_be_visible()
        await expect(page.get_by_role("button", name="Copy the key")).to_be_focused()
        key = (await page.locator(".secret").inner_text()).strip()
        assert await opens(product, key) == 200
        await tab_to(page, "Done")
        await page.keyboard.press("Enter")
        row = page.locator("tr[data-key=laptop]")
        await expect(row).to_contain_text("100/1h requests, 0 used")
        await expect(page.locator(".secret")).to_have_count(0)
        assert key not in await page.content()

        await tab_to(page, "Revoke laptop")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Cancel")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(row).to_have_count(1)
        await tab_to(page, "Revoke laptop")
        await page.keyboard.press("Enter")
        await tab_to(page, "Revoke")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("No keys yet")).to_be_visible()
        assert await opens(product, key) == 401
        assert [said for said in visit.problems if "400" not in said] == []  # the refusal above


async def test_the_key_is_copied(browser: Browser, tmp_path: Path) -> None:
    async with (
        served(tmp_path) as product,
        visiting(browser, product, permissions=["clipboard-read", "clipboard-write"]) as visit,
    ):
        await visit.go("/keys?create")
        await visit.page.get_by_label("Name").fill("ci")
        await visit.page.keyboard.press("Enter")
        await visit.page.get_by_role("button", name="Copy the key").click()
        await expect(visit.page.get_by_text("Copied")).to_be_attached()
        copied = await visit.page.evaluate("navigator.clipboard.readText()")
        assert await opens(product, copied) == 200
