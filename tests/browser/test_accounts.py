"""From nobody to an account, without leaving the page."""

import json
import socket
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from codex2api.auth.notice import INTRODUCTION
from codex2api.simulator.options import SimulatorOptions
from codex2api.store.signin_notes import SignInNotes
from tests.browser.chromium import PATIENCE, visiting
from tests.official import officially, sign_in_officially
from tests.served import served, sign_in

expect.set_options(timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def choose_codex(page: Page) -> None:
    """Answer what is asked before the first sign-in."""
    await page.get_by_role("button", name="The sign-in of Codex").click()


async def test_what_is_used_is_told_once_before_the_first_sign_in(
    browser: Browser, tmp_path: Path
) -> None:
    async with (
        served(tmp_path, signed_in=False) as product,
        visiting(browser, product) as visit,
    ):
        page = visit.page
        await visit.go("/accounts?add")
        dialog = page.get_by_role("dialog")
        for told in (INTRODUCTION, "OpenAI documents it for Codex.", "codex2api login --official"):
            await expect(dialog).to_contain_text(told)
        await expect(dialog.get_by_role("button", name="In this browser")).to_have_count(0)
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Add account").click()
        await choose_codex(page)
        await expect(dialog.get_by_role("button", name="With a code")).to_be_visible()
        assert SignInNotes(tmp_path / "data").kind() == "codex"
        await visit.go("/accounts?add")  # asked no more, but it can be changed
        await expect(dialog).to_contain_text("Used: The sign-in of Codex")
        await dialog.get_by_role("button", name="Choose another").click()
        await dialog.get_by_role("button", name="for open-source apps").click()
        await expect(dialog.get_by_role("button", name="In this browser")).to_be_visible()
        await expect(dialog.get_by_role("button", name="With a code")).to_have_count(0)
        assert SignInNotes(tmp_path / "data").kind() == "official"
        assert (visit.problems, visit.strangers) == ([], [])


async def test_who_is_signed_in_already_is_not_asked(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await visit.go("/accounts?add=work")
        await expect(visit.page.get_by_role("button", name="In this browser")).to_be_visible()


async def test_signing_in_with_this_browser(browser: Browser, tmp_path: Path) -> None:
    options = SimulatorOptions(any_redirect_port=True)
    there = {"oauth.localServerPort": free_port()}
    async with (
        served(tmp_path, options, signed_in=False, **there) as product,
        visiting(browser, product) as visit,
    ):
        page = visit.page
        await page.get_by_role("link", name="Sign in with ChatGPT").click()
        await choose_codex(page)
        await page.get_by_role("button", name="In this browser").click()
        async with page.context.expect_page() as opened:
            await page.get_by_role("link", name="Open ChatGPT's sign-in page").click()
        theirs = await opened.value
        await expect(theirs).to_have_url(
            f"http://localhost:{there['oauth.localServerPort']}/success"
        )
        await expect(page.get_by_text("default (plus) is ready.")).to_be_visible()
        await page.get_by_role("button", name="Done").click()
        await expect(page.locator("account-card")).to_contain_text("demo@simulated.invalid")
        await page.get_by_label("Mask e-mail addresses").check()
        await expect(page.locator(".account-more")).to_have_text("•••")
        assert "demo@simulated.invalid" not in await page.content()
        assert visit.problems == []


async def test_signing_in_officially(browser: Browser, tmp_path: Path) -> None:
    async with (
        officially(tmp_path, signed_in=False) as product,
        visiting(browser, product) as visit,
    ):
        page = visit.page
        await visit.go("/accounts?add")
        await page.get_by_role("button", name="for open-source apps").click()
        await page.get_by_role("button", name="In this browser").click()
        async with page.context.expect_page() as opened:
            await page.get_by_role("link", name="Open ChatGPT's sign-in page").click()
        await opened.value
        await page.get_by_role("button", name="Done").click()
        card = page.locator("account-card")
        await expect(card).to_contain_text("official")
        await expect(card).to_contain_text("This sign-in tells no limits")
        await expect(card.get_by_role("button", name="Refresh")).to_have_count(0)
        await visit.go("/playground")
        await page.get_by_label("Message").fill("Hello")
        await page.keyboard.press("Enter")
        await expect(page.locator(".answer")).to_contain_text("You said: Hello")
        assert visit.problems == []
        await visit.go("/accounts?add=default")  # it is signed in again as it was
        await expect(page.get_by_role("dialog")).to_contain_text("for open-source apps")


async def test_who_may_not_use_the_plan_is_told(browser: Browser, tmp_path: Path) -> None:
    async with officially(tmp_path, signed_in=False) as product:
        sign_in_officially(tmp_path, product.simulator, plan_use=False)
        async with visiting(browser, product) as visit:
            await visit.go("/accounts")
            card = visit.page.locator("account-card")
            await expect(card).to_contain_text("May not use the plan")
            await expect(visit.page.get_by_text("has reached its limit")).to_have_count(0)


async def test_signing_in_with_a_code(browser: Browser, tmp_path: Path) -> None:
    options = SimulatorOptions(device_interval=1, device_polls=1)
    async with (
        served(tmp_path, options, signed_in=False) as product,
        visiting(browser, product) as visit,
    ):
        await visit.go("/accounts?add=work")
        await choose_codex(visit.page)
        await visit.page.get_by_role("button", name="With a code").click()
        await expect(visit.page.locator(".user-code")).to_be_visible()
        await expect(visit.page.get_by_text("work (plus) is ready.")).to_be_visible()
        await expect(visit.page.locator("account-card")).to_contain_text("work")


async def test_importing_a_file(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path / "home", signed_in=False) as product:
        sign_in(tmp_path / "other", product.simulator)
        held = json.loads((tmp_path / "other" / "data" / "tokens.json").read_text())
        file = tmp_path / "auth.json"
        file.write_text(json.dumps({"tokens": held}))
        odd = tmp_path / "odd.json"
        odd.write_text("[]")
        async with visiting(browser, product) as visit:
            page = visit.page
            await visit.go("/accounts?add")
            await choose_codex(page)
            await page.get_by_role("button", name="From a file").click()
            await page.get_by_label("The file").set_input_files(odd)
            await expect(page.get_by_role("alert")).to_contain_text("This file cannot be imported")
            await page.get_by_label("The file").set_input_files(file)
            await expect(page.get_by_text("default (plus) is ready.")).to_be_visible()
            await expect(page.get_by_text("share one refresh token")).to_be_visible()
            assert held["refresh_token"] not in await page.content()


async def test_signing_out_asks_first(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await visit.go("/accounts")
        card = visit.page.locator("account-card")
        await card.get_by_role("button", name="Sign out").click()
        await visit.page.get_by_role("button", name="Cancel").click()
        await expect(card).to_have_count(1)
        await card.get_by_role("button", name="Sign out").click()
        await visit.page.get_by_role("dialog").get_by_role("button", name="Sign out").click()
        await expect(visit.page.get_by_text("Nobody is signed in yet")).to_be_visible()
        assert not (tmp_path / "data" / "tokens.json").exists()
