"""A model is tried: from nobody signed in to an answer, stopped, hostile, and as code."""

import asyncio
import os
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from codex2api.simulator.options import SimulatorOptions
from tests.browser.chromium import PATIENCE, visiting
from tests.browser.test_accounts import choose_codex, free_port
from tests.browser.test_hostile import EVIL
from tests.served import Served, served

expect.set_options(timeout=PATIENCE)


async def ask(page: Page, question: str) -> None:
    await page.get_by_label("Message").fill(question)
    await page.keyboard.press("Enter")


async def test_from_nothing_to_the_first_answer(browser: Browser, tmp_path: Path) -> None:
    options = SimulatorOptions(any_redirect_port=True)
    port = {"oauth.localServerPort": free_port()}
    async with (
        served(tmp_path, options, signed_in=False, **port) as product,
        visiting(browser, product) as visit,
    ):
        page = visit.page
        await visit.go("/playground")
        await page.get_by_role("link", name="Sign in with ChatGPT").click()
        await choose_codex(page)
        await page.get_by_role("button", name="In this browser").click()
        async with page.context.expect_page() as opened:
            await page.get_by_role("link", name="Open ChatGPT's sign-in page").click()
        await opened.value
        await page.get_by_role("button", name="Done").click()
        await page.get_by_role("link", name="Playground").click()
        await visit.ready()
        await page.get_by_label("Reasoning effort").select_option("high")
        await page.get_by_label("System text").fill("Be brief.")
        await ask(page, "SCENARIO:reasoning:parts=2 Hello")
        answer = page.locator(".answer")
        await expect(answer).to_contain_text("This is a simulated answer.")
        await expect(answer.locator(".turn-foot")).to_contain_text("tokens/s")
        await expect(answer.locator(".turn-foot")).to_contain_text("at list price")
        await expect(answer.locator(".thoughts")).to_be_visible()
        body = product.simulator.state.recorder.requests()[-1].json
        assert body["reasoning"]["effort"] == "high"
        await ask(page, "And again")
        await expect(page.locator(".answer")).to_have_count(2)
        await expect(page.locator(".answer").last).to_contain_text("You said: And again")
        assert visit.problems == []


async def test_stop_closes_the_upstream(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        page, streams = visit.page, product.simulator.state.streams
        await visit.go("/playground")
        await ask(page, "SCENARIO:endless:d=20")
        await expect(page.locator(".answer .turn-text").last).not_to_be_empty()
        assert streams.running == 1
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator(".answer")).to_contain_text("stopped")
        await asyncio.wait_for(streams.idle.wait(), 60)
        assert (streams.started, streams.finished) == (1, 0)
        await ask(page, "Hello again")  # what was there of the answer is part of the conversation
        await expect(page.locator(".answer").last).to_contain_text("You said: Hello again")
        assert visit.problems == []


async def test_leaving_the_page_closes_the_upstream(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        streams = product.simulator.state.streams
        await visit.go("/playground")
        await ask(visit.page, "SCENARIO:endless:d=20")
        await expect(visit.page.locator(".answer .turn-text").last).not_to_be_empty()
        await visit.page.get_by_role("button", name="New conversation").click()
        await asyncio.wait_for(streams.idle.wait(), 60)
        await expect(visit.page.get_by_text("Ask a model something")).to_be_visible()


async def test_output_is_text(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await visit.go("/playground")
        await ask(visit.page, f"{EVIL} **bold** [a](javascript:alert(1))")
        answer = visit.page.locator(".answer")
        await expect(answer).to_contain_text("onerror=")
        await expect(answer.locator(".turn-foot")).to_contain_text("tokens/s")
        assert await visit.page.locator(".turns :is(img, script, b, strong, a)").count() == 0
        assert "owned" not in await visit.page.title()
        assert (visit.problems, visit.strangers) == ([], [])


async def test_what_went_wrong_is_told(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        await visit.go("/playground")
        for scenario, said in (
            ("failed", "failed"),
            ("cut", ""),
            ("usage_limit", "limit"),
        ):
            await ask(visit.page, f"SCENARIO:{scenario}")
            alert = visit.page.locator(".answer").last.get_by_role("alert")
            await expect(alert).to_contain_text(said)
            await expect(visit.page.get_by_role("button", name="Send")).to_be_visible()
        await expect(visit.page.locator(".answer [role=alert]")).to_have_count(3)


async def test_the_code_runs(browser: Browser, tmp_path: Path) -> None:
    async with served(tmp_path) as product, visiting(browser, product) as visit:
        page = visit.page
        await visit.go("/playground")
        await page.get_by_label("System text").fill("It's 'quoted' \"twice\" and \\ $HOME `id`\n{}")
        await page.get_by_label("Reasoning effort").select_option("low")
        await page.get_by_label("Message").fill('Don\'t say "hi"\nbut 你好 \U0001f600')
        await page.get_by_role("button", name="As code").click()
        spoken = page.locator("#as-code pre")
        await expect(spoken).to_contain_text("curl")
        told = await _run("bash", "-c", await spoken.inner_text(), product=product)
        assert "response.completed" in told
        by_curl = product.simulator.state.recorder.requests()[-1].json
        await page.get_by_role("button", name="Python").click()
        await expect(spoken).to_contain_text("import os")
        told = await _run(sys.executable, "-c", await spoken.inner_text(), product=product)
        assert "你好 \U0001f600" in told
        by_python = product.simulator.state.recorder.requests()[-1].json
        assert by_curl["input"] == by_python["input"]
        assert "$HOME `id`\\n{}" in str(by_curl["input"]) + str(
            by_curl.get("instructions")
        ).replace("\n", "\\n")


async def _run(*command: str, product: Served) -> str:
    env = {"PATH": os.environ["PATH"], "CODEX2API_KEY": product.key, "PYTHONUTF8": "1"}
    process = await asyncio.create_subprocess_exec(
        *command,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode()
