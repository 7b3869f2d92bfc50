"""Where the plan went: what the page shows is what its spreadsheet holds."""

import asyncio
import csv
import io
import random
import time
from pathlib import Path
from typing import Any

from msgspec import structs
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import PATIENCE, visiting
from tests.browser.test_hostile import EVIL
from tests.browser.world import a_call, lived_in, remember
from tests.served import served

expect.set_options(timeout=PATIENCE)

FIELDS = (
    "requests",
    "errors",
    "input_tokens",
    "cached_share",
    "output_tokens",
    "reasoning_tokens",
    "first_token_ms",
    "first_token_p95_ms",
    "list_price_usd",
)

READ_TABLE = """rows => rows.map(row => [row.dataset.group, Object.fromEntries(
    [...row.querySelectorAll("td")].map(cell => [cell.dataset.field, cell.dataset.value]))])"""


async def downloaded(page: Page) -> list[dict[str, str]]:
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Download CSV").click()
    download = await waiting.value
    assert download.suggested_filename.startswith("codex2api-usage-")
    text = (await asyncio.to_thread(Path(await download.path()).read_bytes)).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


async def tabled(page: Page) -> list[tuple[str, dict[str, str]]]:
    rows: list[list[Any]] = await page.locator("tbody tr[data-group]").evaluate_all(READ_TABLE)
    return [(name, cells) for name, cells in rows]


async def test_the_spreadsheet_holds_what_the_table_shows(browser: Browser, tmp_path: Path) -> None:
    async with lived_in(tmp_path) as product, visiting(browser, product) as visit:
        await visit.go("/usage?range=7d")
        for by in ("Model", "Account", "Key"):
            await visit.page.get_by_role("button", name=by, exact=True).click()
            await expect(
                visit.page.get_by_role("columnheader", name=by, exact=True)
            ).to_be_visible()
            sheet = await downloaded(visit.page)
            table = await tabled(visit.page)
            assert len(table) >= 3, by
            assert [line["id"] for line in sheet] == [name for name, _ in table]
            assert [{name: number(line[name]) for name in FIELDS} for line in sheet] == [
                {name: number(cells[name]) for name in FIELDS} for _, cells in table
            ]
        assert visit.problems == []


def number(text: str) -> float | None:
    return float(text) if text else None


async def test_a_chart_has_its_numbers_in_a_table(browser: Browser, tmp_path: Path) -> None:
    at = time.time() - 90_000  # not of the last 24 hours
    call = structs.replace(
        a_call(random.Random(3), round(at * 1000)), status=200, error=None, input_tokens=12_000
    )
    await remember(tmp_path, [call])
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await visit.go("/usage")
        await expect(visit.page.get_by_text("Nothing was used in this period")).to_be_visible()
        await visit.page.get_by_role("button", name="30 days").click()
        for chart in ("tokens", "value", "requests", "latency", "cached"):
            place = visit.page.locator(f"#{chart}")
            await place.get_by_text("As a table").click()
            await expect(place.locator("tbody tr")).to_have_count(30)
        requests = visit.page.locator("#requests td:first-of-type")
        assert sum(int(cell) for cell in await requests.all_inner_texts()) == 1
        await visit.page.reload()  # the period is in the address
        await visit.ready()
        await expect(visit.page.get_by_role("button", name="30 days")).to_have_attribute(
            "aria-pressed", "true"
        )


async def test_days_of_ones_own_choice(browser: Browser, tmp_path: Path) -> None:
    await remember(tmp_path, [a_call(random.Random(3), 1_772_000_000_000)])  # 25 February 2026
    async with (
        served(tmp_path) as product,
        visiting(browser, product, timezone_id="Asia/Shanghai") as visit,
    ):
        await visit.go("/usage?range=custom&from=2026-02-20&to=2026-02-24")
        await expect(visit.page.get_by_text("Nothing was used in this period")).to_be_visible()
        await visit.page.get_by_label("to", exact=True).fill("2026-02-25")
        await expect(visit.page.locator("tbody tr[data-group]")).to_have_count(1)
        await expect(visit.page).to_have_url(
            f"{product.url}/usage?range=custom&from=2026-02-20&to=2026-02-25"
        )


async def test_names_are_text_and_no_formula(browser: Browser, tmp_path: Path) -> None:
    call = structs.replace(a_call(random.Random(1), round(time.time() * 1000)), model=EVIL)
    formula = structs.replace(call, model="=cmd|' /C calc'!A0")
    await remember(tmp_path, [call, formula])
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await visit.go("/usage")
        await expect(visit.page.get_by_role("link", name="onerror")).to_be_visible()
        assert await visit.page.locator("main img").count() == 0
        names = {line["name"] for line in await downloaded(visit.page)}
        assert names == {EVIL, "'=cmd|' /C calc'!A0"}
        assert (visit.problems, visit.strangers) == ([], [])
