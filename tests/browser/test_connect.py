"""Clients get this server's address and a key that never leaves the page."""

from pathlib import Path

from playwright.async_api import Browser, Request, expect

from tests.browser.chromium import PATIENCE, visiting
from tests.served import served

expect.set_options(timeout=PATIENCE)


async def test_a_new_key_is_filled_in_and_tested(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        page = visit.page
        sent: list[Request] = []
        page.on("request", lambda request: sent.append(request))  # noqa: PLW0108
        await visit.go("/connect")
        await page.get_by_role("link", name="Codex CLI").click()
        await expect(page).to_have_url(f"{product.url}/connect?client=codex")
        await expect(page.locator("#client")).to_contain_text(f'base_url = "{product.v1}"')
        await expect(page.locator("#client")).to_contain_text("export CODEX2API_KEY=YOUR_KEY")
        await page.get_by_role("button", name="Create a key").click()
        await page.get_by_label("Name").fill("codex")
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Done").click()
        key = await page.get_by_label("Key", exact=True).input_value()
        assert key.startswith("sk-c2a-")
        await expect(page.locator("#client")).to_contain_text(f"export CODEX2API_KEY={key}")
        await page.get_by_role("button", name="Send a request").click()
        await expect(page.locator("#tested")).to_contain_text("It works.")
        await expect(page.locator("#tested")).to_contain_text("This is a simulated answer.")
        (test,) = [request for request in sent if request.url == f"{product.v1}/chat/completions"]
        headers = await test.all_headers()
        assert (headers["authorization"], headers.get("cookie")) == (f"Bearer {key}", None)
        assert not any(key in request.url for request in sent)
        assert (visit.problems, visit.strangers) == ([], [])


async def test_a_wrong_key_is_told(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        page = visit.page
        await visit.go("/connect?client=openai-python")
        await page.get_by_label("Key", exact=True).fill("sk-c2a-wrong")
        await page.get_by_role("button", name="Send a request").click()
        await expect(page.locator("#tested")).to_contain_text("not known here")
        await page.get_by_label("Key", exact=True).fill('"; rm -rf ~ #')
        await expect(page.locator("#client")).to_contain_text("YOUR_KEY")
        assert "rm -rf" not in await page.locator("#client").inner_text()


async def test_the_session_tests_the_server(browser: Browser, tmp_path: Path) -> None:
    async with (
        served(tmp_path, signed_in=False) as product,
        visiting(browser, product) as visit,
    ):
        await visit.go("/connect")
        await visit.page.get_by_role("button", name="Send a request").click()
        await expect(visit.page.locator("#tested .bad")).to_contain_text("codex2api login")
