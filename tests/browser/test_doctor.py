"""The doctor is asked from the page of settings and health."""

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.browser.chromium import PATIENCE, visiting
from tests.served import served

expect.set_options(timeout=PATIENCE)


async def test_the_checks_run_when_they_are_asked_for(browser: Browser, tmp_path: Path) -> None:
    async with (
        served(tmp_path, signed_in=False) as product,
        visiting(browser, product) as visit,
    ):
        await visit.go("/settings")
        findings = visit.page.locator("#doctor [data-check]")
        await expect(findings).to_have_count(0)
        assert "/admin/api/server/doctor" not in visit.requests
        await visit.page.get_by_role("button", name="Run checks").click()
        account = visit.page.locator("#doctor [data-check=account]")
        await expect(account).to_contain_text("problem")
        await expect(account.get_by_role("button", name="Copy: codex2api login")).to_be_visible()
        await expect(visit.page.locator("#doctor [data-check=upstream]")).to_contain_text("well")
        assert visit.requests.count("/admin/api/server/doctor") == 1
        assert (visit.problems, visit.strangers) == ([], [])
