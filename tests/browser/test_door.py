"""How the owner comes in, and who does not."""

import time
from pathlib import Path

import httpx2
from playwright.async_api import Browser, expect

from codex2api.dashboard.tickets import link_path
from tests.browser.chromium import FORMS, PATIENCE, visiting
from tests.served import served

expect.set_options(timeout=PATIENCE)


async def test_a_link_works_once(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        link = f"{product.url}{link_path(product.key, time.time())}"
        async with visiting(browser, product, signed_in=False) as visit:
            await visit.page.goto(link)
            await visit.ready()
            assert visit.page.url == f"{product.url}/"
            assert visit.problems == []
        async with visiting(browser, product, signed_in=False) as other:
            await other.page.goto(link)
            await expect(other.page.get_by_text("used before or is too old")).to_be_visible()
            await other.page.goto(f"{product.url}/")
            assert other.page.url == f"{product.url}/sign-in"


async def test_the_owners_key_opens_the_page_that_was_asked_for(
    browser: Browser, tmp_path: Path
) -> None:
    async with (
        served(tmp_path) as product,
        visiting(browser, product, signed_in=False) as visit,
    ):
        page = visit.page
        await page.goto(f"{product.url}/requests?status=5xx")
        await page.get_by_label("Or enter the owner's key").fill("sk-codex2api-wrong")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("not known here")
        await page.keyboard.type(product.key)  # the wrong one is selected, to be typed over
        await page.keyboard.press("Enter")
        await visit.ready()
        assert page.url == f"{product.url}/requests?status=5xx"
        cookies = await page.context.cookies()
        assert [(cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies] == [
            (True, "Strict")
        ]
        assert product.key not in str(cookies)


async def test_signing_out_ends_the_session_and_not_only_its_cookie(
    browser: Browser, tmp_path: Path
) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        (cookie,) = await visit.page.context.cookies()
        jar = {str(cookie["name"]): str(cookie["value"])}
        async with httpx2.AsyncClient(base_url=product.url, cookies=jar) as copied:
            assert (await copied.get("/admin/api/overview")).status_code == 200
            await visit.page.get_by_role("button", name="Sign out").click()
            await expect(visit.page.get_by_label("Or enter the owner's key")).to_be_visible()
            assert (await copied.get("/admin/api/overview")).status_code == 401
        assert await visit.page.context.cookies() == []


async def test_the_sign_in_page_in_every_form(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        for form in FORMS:
            async with visiting(browser, product, form, signed_in=False) as visit:
                await visit.page.goto(f"{product.url}/")
                await expect(visit.page.get_by_role("button", name="Sign in")).to_be_visible()
                assert await visit.findings() == []
                assert not await visit.is_too_wide()
                assert (visit.problems, visit.strangers) == ([], []), form.name


async def test_a_page_may_follow_a_link_from_anywhere_and_does_no_harm(
    browser: Browser, tmp_path: Path
) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await visit.page.goto("about:blank")
        await visit.page.goto(f"{product.url}/accounts", referer="https://chat.example/")
        await visit.ready()
        assert visit.page.url == f"{product.url}/accounts"


async def test_the_language_is_the_browsers(browser: Browser, tmp_path: Path) -> None:
    async with (
        served(tmp_path) as product,
        visiting(browser, product, locale="zh-CN") as visit,
    ):
        assert await visit.page.locator("html").get_attribute("lang") == "zh-Hans"
        assert visit.problems == []
