"""Somebody who reads Chinese reads Chinese: in a terminal, and in a browser."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from tests.served import served

from codex2api.cli import COMMANDS
from codex2api.cli.columns import cells
from codex2api.texts import catalogue

CHINESE = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}
said = catalogue("zh_Hans").gettext


def helped(locale: str, *command: str) -> str:
    """What ``--help`` says to a shell of that locale."""
    done = subprocess.run(
        [sys.executable, "-m", "codex2api", *command, "--help"],
        env={**os.environ, "LC_ALL": locale, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def test_the_help_is_chinese_in_a_chinese_shell() -> None:
    page = helped("zh_CN.UTF-8")

    assert [name for name, line in COMMANDS.items() if said(line) not in page] == []
    assert "用法" in page
    assert re.findall(r"Usage|Options|Commands|Show this message|Show the version", page) == []


def test_the_help_of_a_command_below_another_is_chinese_too() -> None:
    page = helped("zh_CN.UTF-8", "keys", "create")

    assert said("Create a client key and print it, this once.") in page
    assert said("Show this message and exit.") in page


def test_the_help_is_english_elsewhere() -> None:
    assert helped("C.UTF-8").isascii()


@pytest.mark.parametrize("command", ["explain", "prompts", "simulate"])
def test_no_line_of_the_help_is_wider_than_the_terminal(command: str) -> None:
    assert max(cells(line) for line in helped("zh_CN.UTF-8", command).splitlines()) <= 80


async def test_a_browser_gets_pages_and_modules_in_its_language(tmp_path: Path) -> None:
    async with (
        served(tmp_path, signed_in=False) as product,
        httpx2.AsyncClient(base_url=product.url, headers=CHINESE) as browser,
    ):
        page = await browser.get("/sign-in")
        module = next(
            each for each in re.findall(r'"(/static/[^"]+\.js)"', page.text) if "sign-in" in each
        )
        texts = (await browser.get(module)).text

    assert '<html lang="zh-Hans">' in page.text
    assert said("Sign in to the dashboard") in page.text
    assert "accept-language" in page.headers["vary"]
    assert said("The server does not answer. Is it running?") in texts
