"""``login --official`` and the question which sign-in to use, as a person meets them."""

import asyncio
import json
import os
import pty
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from codex2api.cli import main
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import running_simulator
from tests.cli.test_login import Ended, Shell, ended, until, visit

PAGE = r"http://127\.0\.0\.1:\d+/api/accounts/authorize\?\S+"
CODEX_PAGE = r"http://127\.0\.0\.1:\d+/oauth/authorize\?\S+"


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    async with running_simulator(SimulatorOptions(any_redirect_port=True)) as simulator:
        built = Shell(tmp_path, simulator)
        built.set("CODEX2API_OFFICIAL__ISSUER", simulator.issuer_url)
        built.set("CODEX2API_OFFICIAL__API_URL", simulator.api_url)
        yield built


async def by_browser(shell: Shell, *arguments: str) -> Ended:
    process = await shell.start("login", "--no-browser", *arguments)
    url, said = await until(process, PAGE)
    _, more = await until(process, "Waiting 60 seconds")
    await visit(url)
    return await ended(process, said + more)


async def test_the_browser(shell: Shell) -> None:
    result = await by_browser(shell, "--official")
    assert result.code == 0, result.err
    assert result.out == "Signed in: demo@simulated.invalid, by the official sign-in\n"
    assert shell.held()["kind"] == "official"
    assert "login --official --paste" in result.err


async def test_a_pasted_address(shell: Shell) -> None:
    process = await shell.start("login", "--official", "--paste", "--account", "work")
    url, said = await until(process, PAGE)
    assert process.stdin is not None
    process.stdin.write(f"{(await visit(url, follow=False))[0]}\n".encode())
    result = await ended(process, said)
    assert (result.code, "as 'work'" in result.out) == (0, True)


async def test_without_the_plan_it_is_one_sentence_and_exit_1(shell: Shell) -> None:
    shell.simulator.state.official.switches.plan_use = False
    result = await by_browser(shell, "--official")
    assert result.code == 1
    assert re.search(r"Error: This ChatGPT sign-in may not use the plan.*\n", result.err)
    report = await shell.run("status")
    assert "may not use the plan" in report.out


@pytest.mark.parametrize("arguments", [["--official", "--device"]])
def test_there_are_no_device_codes(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, ["login", *arguments])
    assert result.exit_code == 2
    assert "knows no device codes" in result.output


async def test_status_and_models(shell: Shell) -> None:
    await by_browser(shell, "--official")
    shown = await shell.run("status", "--refresh")
    assert shown.code == 0, shown.err
    assert "official sign-in" in shown.out
    assert "limits are not told by this sign-in" in shown.out
    assert "%" not in shown.out
    (account,) = json.loads((await shell.run("status", "--json")).out)["accounts"]
    assert (account["kind"], account["limits_reported"]) == ("official", False)
    assert "gpt-6.1-sol" in (await shell.run("models")).out


async def test_a_file_of_another_machine(shell: Shell, tmp_path: Path) -> None:
    await by_browser(shell, "--official")
    copied = tmp_path / "copied.json"
    copied.write_bytes(shell.tokens.read_bytes())
    shell.tokens.unlink()
    result = await shell.run("login", "--import", str(copied))
    assert (result.code, shell.held()["kind"]) == (0, "official"), result.err


async def test_signing_out_revokes(shell: Shell) -> None:
    await by_browser(shell, "--official")
    result = await shell.run("logout", "-y")
    assert (result.code, result.err) == (0, "")
    assert len(shell.simulator.state.official.revoked) == 1


async def test_without_a_terminal_it_is_codex_and_says_why(shell: Shell) -> None:
    process = await shell.start("login", "--no-browser")
    _, said = await until(process, CODEX_PAGE)
    process.kill()
    await process.wait()
    assert "OpenAI documents it for apps like this one" in said
    assert "no documented offer" in said
    assert "There is no terminal to ask" in said


async def test_the_setting_decides(shell: Shell) -> None:
    shell.set("CODEX2API_OAUTH__KIND", "official")
    assert (await by_browser(shell)).code == 0
    assert shell.held()["kind"] == "official"


class Terminal:
    """A command that is talked to on a terminal."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.said = ""

    async def run(self, *arguments: str) -> "Terminal":
        self._ours, theirs = pty.openpty()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from codex2api.cli import main; main(prog_name='codex2api')",
            *arguments,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=self._shell.env,
        )
        os.close(theirs)
        return self

    async def hear(self, pattern: str) -> str:
        """Read until it says something."""
        seen = ""
        while not (match := re.search(pattern, seen)):
            piece = await asyncio.to_thread(os.read, self._ours, 4096)
            seen += piece.decode()
            self.said += piece.decode()
        return match[0]

    def type(self, text: str) -> None:
        os.write(self._ours, f"{text}\n".encode())

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    async def end(self) -> int:
        reader = asyncio.create_task(asyncio.to_thread(self._drain))
        code = await self._process.wait()
        await reader
        os.close(self._ours)
        return code

    def _drain(self) -> None:
        try:
            while piece := os.read(self._ours, 4096):
                self.said += piece.decode()
        except OSError:
            return  # the other side has closed


async def test_on_a_terminal_it_is_asked_once(shell: Shell) -> None:
    terminal = await Terminal(shell).run("login", "--no-browser")
    await terminal.hear("Type 1 or 2:")
    terminal.type("")
    await terminal.hear("Type 1 or 2:")
    terminal.type("1")
    await visit(await terminal.hear(PAGE))
    assert await terminal.end() == 0
    assert "Signed in" in terminal.said
    assert json.loads((shell.home / "data" / "sign-in.json").read_text())["kind"] == "official"
    assert (await shell.run("logout", "-y")).code == 0

    again = await Terminal(shell).run("login", "--no-browser")
    await visit(await again.hear(PAGE))
    assert await again.end() == 0
    assert "Type 1 or 2:" not in again.said


async def test_the_other_answer_is_codex(shell: Shell) -> None:
    terminal = await Terminal(shell).run("login", "--no-browser")
    await terminal.hear("Type 1 or 2:")
    terminal.type("2")
    await visit(await terminal.hear(CODEX_PAGE))
    assert await terminal.end() == 0
    assert "kind" not in shell.held()


async def test_who_serves_without_an_account_is_asked_too(shell: Shell) -> None:
    terminal = await Terminal(shell).run("serve")
    await terminal.hear("Type 1 or 2:")
    terminal.type("1")
    await visit(await terminal.hear(PAGE))
    await terminal.hear("Signed in")
    terminal.interrupt()
    await terminal.end()
    assert shell.held()["kind"] == "official"
