"""Every page in three forms: nothing goes wrong or leaves the house, everybody can read it."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.browser.chromium import FORMS, PHONE, Form, Visit, visiting
from tests.browser.pages import EMPTY, PAGES, Shown
from tests.browser.world import lived_in
from tests.served import served


async def found_good(visit: Visit, form: Form) -> None:
    """Fail unless what is shown can be read by everybody, fits, and has made no trouble."""
    assert await visit.findings() == [], form.name
    assert not await visit.is_too_wide(), form.name
    assert (visit.problems, visit.strangers) == ([], []), form.name


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
async def test_a_page(browser: Browser, tmp_path: Path, shown: Shown) -> None:
    async with lived_in(tmp_path) as product, visiting(browser, product) as visit:
        for form in FORMS:
            await visit.take(form)
            await visit.go(shown.path)
            await visit.page.locator(shown.sign).first.wait_for()
            if shown.click:
                await visit.page.locator(shown.click).first.click()
                await visit.page.locator(shown.then or shown.sign).first.wait_for()

            await found_good(visit, form)


async def test_what_is_told_before_the_first_sign_in(browser: Browser, tmp_path: Path) -> None:
    async with (
        served(tmp_path, signed_in=False) as product,
        visiting(browser, product) as visit,
    ):
        for form in FORMS:
            await visit.take(form)
            await visit.go("/accounts?add")
            await visit.page.locator(".notice .way").first.wait_for()

            await found_good(visit, form)


@pytest.mark.parametrize("shown", EMPTY, ids=lambda shown: shown.name)
async def test_a_page_with_nothing_to_show(browser: Browser, tmp_path: Path, shown: Shown) -> None:
    async with (
        served(tmp_path, signed_in=False) as product,
        visiting(browser, product) as visit,
    ):
        for form in FORMS:
            await visit.take(form)
            await visit.go(shown.path)
            await visit.page.locator(shown.sign).first.wait_for()

            await found_good(visit, form)


@pytest.mark.parametrize("path", ["/", "/accounts?add", "/keys?create", "/usage"])
async def test_a_page_in_chinese_on_a_phone(browser: Browser, tmp_path: Path, path: str) -> None:
    async with (
        lived_in(tmp_path) as product,
        visiting(browser, product, PHONE, locale="zh-CN") as visit,
    ):
        await visit.go(path)

        assert await visit.page.locator("html").get_attribute("lang") == "zh-Hans"
        assert await visit.page.locator("main h1", has_text=re.compile("[一-龥]")).count() == 1
        await found_good(visit, PHONE)
