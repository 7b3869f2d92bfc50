"""login, logout and status as a person runs them: real processes against the simulated issuer."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from codex2api.cli import main
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator


@dataclass
class Ended:
    code: int
    out: str
    err: str


class Shell:
    """Runs commands in a home of their own."""

    def __init__(self, home: Path, simulator: RunningSimulator) -> None:
        self.home = home
        self.simulator = simulator
        self.tokens = home / "data" / "tokens.json"
        names = ("PATH", "LANG", "PYTHONPATH")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        self.env = kept | {
            "HOME": str(home),
            "CODEX2API_HOME": str(home),
            "CODEX2API_OAUTH__ISSUER": simulator.issuer_url,
            "CODEX2API_BACKEND__URL": simulator.backend_url,
            "CODEX2API_OAUTH__LOCAL_SERVER_PORT": str(free_port()),
            "PORT": str(free_port()),
            "PYTHONIOENCODING": "utf-8",
        }

    def set(self, name: str, value: str) -> None:
        self.env[name] = value

    async def start(self, *arguments: str, **env: str) -> Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from codex2api.cli import main; main(prog_name='codex2api')",
            *arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self.env | env,
        )

    async def run(self, *arguments: str, **env: str) -> Ended:
        return await ended(await self.start(*arguments, **env))

    def held(self) -> dict[str, Any]:
        held: dict[str, Any] = json.loads(self.tokens.read_text())
        return held


async def ended(process: Process, said: str = "") -> Ended:
    out, err = await process.communicate()
    assert process.returncode is not None
    assert "Traceback" not in err.decode()
    return Ended(process.returncode, out.decode(), said + err.decode())


async def until(process: Process, pattern: str) -> tuple[str, str]:
    """Read stderr until it says something; that, and all that was read."""
    said = ""
    assert process.stderr is not None
    while not (match := re.search(pattern, said)):
        line = await process.stderr.readline()
        assert line, f"it ended without saying {pattern}: {said}"
        said += line.decode()
    return match[0], said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def simulator() -> AsyncIterator[RunningSimulator]:
    options = SimulatorOptions(any_redirect_port=True, device_interval=0, device_polls=2)
    async with running_simulator(options) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, simulator: RunningSimulator) -> Shell:
    return Shell(tmp_path, simulator)


ADDRESS = r"http://127\.0\.0\.1:\d+/oauth/authorize\?\S+"


async def visit(url: str, *, follow: bool = True) -> tuple[str, str]:
    """The page, or where it leads."""
    async with (
        aiohttp.ClientSession() as http,
        http.get(url, allow_redirects=follow) as response,
    ):
        return response.headers.get("location", ""), await response.text()


def signed_in(shell: Shell, **more: Any) -> None:
    """As if somebody had signed in."""
    made = shell.simulator.make_tokens()
    names = ("access_token", "refresh_token", "id_token", "account_id", "plan", "email")
    fields = {name: made[name] for name in names}
    shell.tokens.parent.mkdir(mode=0o700)
    shell.tokens.write_text(json.dumps(fields | {"expires_at": 2_000_000_000_000} | more))
    shell.tokens.chmod(0o600)


async def test_the_browser(shell: Shell) -> None:
    process = await shell.start("login", "--no-browser")
    url, said = await until(process, ADDRESS)
    await until(process, "Waiting 60 seconds")
    _, page = await visit(url)
    result = await ended(process, said)
    assert "You are signed in" in page
    assert (result.code, result.out) == (0, "Signed in: demo@simulated.invalid (plus)\n")
    assert shell.held()["account_id"] == shell.simulator.state.account("demo").account_id
    assert shell.tokens.stat().st_mode & 0o777 == 0o600
    assert shell.tokens.parent.stat().st_mode & 0o777 == 0o700


async def test_nobody_comes_to_the_browser(shell: Shell) -> None:
    result = await shell.run("login", "--no-browser", "--wait", "1")
    assert result.code == 1
    assert "Nobody finished the sign-in within 1 seconds. Try again with --wait 300" in result.err


async def test_ctrl_c_while_a_paste_is_awaited(shell: Shell) -> None:
    process = await shell.start("login", "--paste")
    await until(process, "paste it here")
    process.send_signal(signal.SIGINT)
    assert (await ended(process)).code == 130


async def pasted(shell: Shell, address: str | None, *arguments: str) -> Ended:
    """Paste an address; ``None`` is the right one."""
    process = await shell.start("login", "--paste", *arguments)
    url, said = await until(process, ADDRESS)
    assert process.stdin is not None
    address = (await visit(url, follow=False))[0] if address is None else address
    process.stdin.write(f"{address}\n".encode())
    return await ended(process, said)


async def test_a_pasted_address(shell: Shell) -> None:
    result = await pasted(shell, None, "--account", "work")
    assert (result.code, result.out) == (0, "Signed in: demo@simulated.invalid (plus) as 'work'\n")
    assert "does not load" in result.err
    assert (shell.home / "data" / "tokens.work.json").exists()


async def test_a_wrong_paste_is_one_sentence_and_exit_1(shell: Shell) -> None:
    result = await pasted(shell, "http://localhost:1455/auth/callback?code=ac&state=wrong")
    assert result.code == 1
    assert "State mismatch" in result.err
    assert not shell.tokens.exists()


async def test_a_device_code(shell: Shell) -> None:
    result = await shell.run("login", "--device")
    assert result.code == 0
    assert f"{shell.simulator.issuer_url}/codex/device" in result.err
    assert re.search(r"Enter +[0-9A-F]{4}-[0-9A-F]{4}", result.err)


async def test_a_file(shell: Shell) -> None:
    made = shell.simulator.make_tokens("ada")
    tokens = {name: made[name] for name in ("id_token", "access_token", "refresh_token")}
    file = shell.home / "auth.json"
    file.write_text(json.dumps({"auth_mode": "chatgpt", "tokens": tokens}))
    result = await shell.run("login", "--import", str(file))
    assert (result.code, result.out) == (0, "Signed in: ada@simulated.invalid (plus)\n")
    assert "Whichever refreshes first logs the other out" in result.err
    assert shell.held()["refresh_token"] == made["refresh_token"]


async def test_another_account_is_refused_unless_asked_for(shell: Shell) -> None:
    signed_in(shell)
    shell.simulator.state.signed_in_label = "ben"
    result = await shell.run("login", "--device")
    assert result.code == 1
    assert "another ChatGPT account" in result.err
    assert shell.held()["email"] == "demo@simulated.invalid"
    assert (await shell.run("login", "--device", "--force")).code == 0
    assert shell.held()["email"] == "ben@simulated.invalid"


async def test_an_issuer_out_of_reach(shell: Shell) -> None:
    issuer = "http://127.0.0.1:1"
    result = await shell.run("login", "--device", CODEX2API_OAUTH__ISSUER=issuer)
    assert result.code == 3
    assert "cannot be reached" in result.err


@pytest.mark.parametrize(
    "arguments", [["login", "--device", "--paste"], ["logout", "work", "--all"]]
)
def test_wrong_usage(arguments: list[str]) -> None:
    assert CliRunner().invoke(main, arguments).exit_code == 2


async def test_signing_out(shell: Shell) -> None:
    signed_in(shell)
    result = await shell.run("logout", "-y")
    assert (result.code, result.out) == (0, "Signed out: default\n")
    assert not shell.tokens.exists()
    assert len(shell.simulator.state.revoked) == 1


async def test_status_without_an_account(shell: Shell) -> None:
    result = await shell.run("status")
    assert result.code == 4
    assert "codex2api login" in result.err


async def test_status_names_a_damaged_file(shell: Shell) -> None:
    shell.tokens.parent.mkdir()
    shell.tokens.write_text("{")
    result = await shell.run("status")
    assert result.code == 4
    assert "tokens.json is damaged" in result.err
    assert shell.tokens.read_text() == "{"


async def test_status(shell: Shell) -> None:
    signed_in(shell)
    result = await shell.run("status")
    assert result.code == 0
    assert "demo@simulated.invalid   Plus   active" in result.out
    assert "not running" in result.out

    result = await shell.run("status", "--refresh", "--json")
    report = json.loads(result.out)
    assert report["schema"] == 1
    (account,) = report["accounts"]
    assert (account["account"], account["plan"], account["state"]) == ("default", "plus", "active")
    assert {window["name"] for window in account["windows"]} >= {"5h", "7d"}


async def test_status_tells_when_the_sign_in_is_over(shell: Shell) -> None:
    signed_in(shell, expires_at=1)
    shell.simulator.state.token_switches.mode = "expired"
    result = await shell.run("status", "--refresh")
    assert "sign-in needed" in result.out
    assert "codex2api login" in result.out
