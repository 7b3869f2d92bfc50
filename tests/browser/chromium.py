"""Chromium, and a browser's visit to a product: what it must never do is watched all the time."""

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from codex2api.dashboard.tickets import link_path
from tests.served import Served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

PATIENCE = 60_000
"""Milliseconds that a page may take: the machine may be busy."""


@dataclass(frozen=True)
class Form:
    """How somebody looks at a page."""

    name: str
    scheme: Literal["light", "dark"]
    width: int = 1280
    height: int = 900


LIGHT = Form("light", "light")
DARK = Form("dark", "dark")
PHONE = Form("phone", "light", 390, 844)
FORMS = (LIGHT, DARK, PHONE)


@dataclass
class Visit:
    """A page that somebody looks at, and what went wrong meanwhile.

    Attributes:
        problems: Errors of the console, of scripts, of the policy.
        strangers: Requests to anybody but the product.
        requests: All requests, by path.
    """

    page: Page
    product: Served
    problems: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def take(self, form: Form) -> None:
        """Look at what is opened next in another form."""
        await self.page.emulate_media(color_scheme=form.scheme, reduced_motion="reduce")
        await self.page.set_viewport_size({"width": form.width, "height": form.height})

    async def go(self, path: str) -> None:
        """Open a page and wait until it shows what it has to show."""
        await self.page.goto(f"{self.product.url}{path}")
        await self.ready()

    async def ready(self) -> None:
        """Wait until the page says that it is drawn."""
        await self.page.locator("html[data-ready]").wait_for(state="attached")

    async def findings(self) -> list[str]:
        """What axe has to say."""
        found = (await Axe().run(self.page)).response["violations"]
        return [
            f"{each['id']}: {node['target']} {node['failureSummary']}"
            for each in found
            for node in each["nodes"]
        ]

    async def is_too_wide(self) -> bool:
        """Whether the page, or a dialog on it, has to be moved sideways."""
        wide = (
            "[document.documentElement, ...document.querySelectorAll('dialog[open]')]"
            ".some(each => each.scrollWidth > each.clientWidth)"
        )
        return bool(await self.page.evaluate(wide))


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visiting(
    browser: Browser, product: Served, form: Form = LIGHT, *, signed_in: bool = True, **how: Any
) -> AsyncIterator[Visit]:
    """A new visitor; signed in with a one-time link, as a person would be.

    Args:
        browser: Of theirs.
        product: Whose dashboard it is.
        form: How they look at it.
        signed_in: Whether they are the owner.
        how: Further options of the browser context, such as ``locale``.
    """
    context = await browser.new_context(
        color_scheme=form.scheme,
        viewport={"width": form.width, "height": form.height},
        reduced_motion="reduce",
        **how,
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield await _visit(context, product, signed_in)
    finally:
        await context.close()


async def _visit(context: BrowserContext, product: Served, signed_in: bool) -> Visit:
    page = await context.new_page()
    visit = Visit(page, product)
    page.on("console", lambda said: _note(visit, said.type, said.text))
    page.on("pageerror", lambda error: visit.problems.append(str(error)))
    page.on("request", lambda request: _watch(visit, request))
    if signed_in:
        await page.goto(f"{product.url}{link_path(product.key, time.time())}")
        await visit.ready()
        visit.requests.clear()
    return visit


def _note(visit: Visit, kind: str, said: str) -> None:
    if kind in ("error", "warning"):
        visit.problems.append(said)


def _watch(visit: Visit, request: Request) -> None:
    if request.url.startswith("data:"):
        return
    parts = urlsplit(request.url)
    visit.requests.append(parts.path)
    if f"{parts.scheme}://{parts.netloc}" != visit.product.url:
        visit.strangers.append(request.url)
