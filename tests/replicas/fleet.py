"""Real server processes that share a PostgreSQL, and the simulated ChatGPT behind them."""

import asyncio
import base64
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from codex2api.simulator.issuer.switches import TokenSwitches
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator
from tests.cli.server_process import command, environment
from tests.postgres import PostgresProcess, new_database
from tests.served import sign_in

PATIENCE = 60.0
SECRET_KEY = base64.b64encode(os.urandom(32)).decode()


@dataclass
class Replica:
    """One server process."""

    process: "subprocess.Popen[bytes]"
    port: int
    screen: Path
    """What it says goes there."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, PATIENCE)


@dataclass
class Answer:
    """What a server said."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> object:
        return self.body["error"]["code"]


@dataclass
class Fleet:
    """Replicas, their database, and what they need of the outside."""

    home: Path
    simulator: RunningSimulator
    server: PostgresProcess
    database: str
    http: aiohttp.ClientSession
    replicas: list[Replica] = field(default_factory=list)

    @property
    def bearer(self) -> dict[str, str]:
        key = (self.home / "data" / "local.key").read_text().strip()
        return {"authorization": f"Bearer {key}"}

    async def start(self, count: int = 1) -> None:
        """More replicas."""
        self.replicas += await asyncio.gather(*(self.one() for _ in range(count)))

    async def one(self, ahead: float = 0.0) -> Replica:
        """A further replica, which listens; its clock may be some seconds ahead of ours."""
        return await asyncio.to_thread(self._started, ahead)

    async def ask(
        self, replica: Replica, path: str = "/v1/chat/completions", **body: Any
    ) -> Answer:
        """One whole answer; a chat completion of a few words unless something else is said."""
        if path == "/v1/chat/completions" and not body.get("messages"):
            body |= {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hello"}]}
        url = f"{replica.url}{path}"
        method = "POST" if body else "GET"
        async with self.http.request(
            method, url, json=body or None, headers=self.bearer
        ) as response:
            return Answer(response.status, await response.json(), dict(response.headers))

    async def readiness(self, replica: Replica) -> int:
        async with self.http.get(f"{replica.url}/health/ready") as response:
            return response.status

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of ours with the settings of the replicas."""
        return subprocess.run(
            [sys.executable, "-m", "codex2api", *arguments],
            check=False,
            capture_output=True,
            text=True,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
        )

    def delay_refreshes(self, seconds: float) -> None:
        self.simulator.state.token_switches = TokenSwitches(None, None, seconds)

    async def until(self, is_so: Callable[[Any], bool]) -> None:
        """Wait until the issuer has counted so many refreshes."""
        async with asyncio.timeout(PATIENCE):
            while not is_so(self.simulator.state.refreshes):  # noqa: ASYNC110 (of another process)
                await asyncio.sleep(0.02)

    async def sign_in(self, folder: Path, seconds: int | None = None) -> None:
        """Import tokens that the simulator knows."""
        sign_in(folder, self.simulator, seconds)
        file = folder / "data" / "tokens.json"
        done = await asyncio.to_thread(self.run, "login", "--import", str(file), "--force")
        assert done.returncode == 0, done.stderr

    def _environment(self) -> dict[str, str]:
        return environment(self.home) | {
            "DATABASE_URL": self.server.url(self.database),
            "CODEX2API_SECRET_KEY": SECRET_KEY,
            "CODEX2API_OAUTH__ISSUER": self.simulator.issuer_url,
            "CODEX2API_BACKEND__URL": self.simulator.backend_url,
        }

    def _started(self, ahead: float) -> Replica:
        screen = self.home.parent / f"screen-{secrets.token_hex(4)}"
        with screen.open("w") as file:
            process = subprocess.Popen(
                command_at(ahead, "--port", "0", "--log-level", "warn"),
                stdin=subprocess.DEVNULL,
                stderr=file,
                env=self._environment(),
            )
        return Replica(process, _port(process, screen), screen)


def command_at(ahead: float, *options: str) -> list[str]:
    """``codex2api serve`` on a machine whose clock goes wrong by some seconds."""
    if not ahead:
        return command(*options)
    wrong = f"import time; now = time.time; time.time = lambda: now() + {ahead}"
    return [
        sys.executable,
        "-c",
        f"{wrong}; from codex2api.cli import main; main()",
        *command(*options)[3:],
    ]


def _port(process: "subprocess.Popen[bytes]", screen: Path) -> int:
    """Where it listens, once it says so."""
    until = time.monotonic() + PATIENCE
    while not re.search(r"^  account", text := screen.read_text(), re.MULTILINE):
        assert process.poll() is None, text
        assert time.monotonic() < until, text
        time.sleep(0.05)
    found = re.search(r"http://127\.0\.0\.1:(\d+)/v1", text)
    assert found, text
    return int(found[1])


@asynccontextmanager
async def fleet(
    home: Path, server: PostgresProcess, options: SimulatorOptions | None = None
) -> AsyncIterator[Fleet]:
    """Everything but the replicas, which ``start`` adds; all of it ends with the block."""
    database = await asyncio.to_thread(new_database, server)
    simulated = running_simulator(options or SimulatorOptions(any_redirect_port=True))
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        simulated as simulator,
        aiohttp.ClientSession(timeout=timeout, connector=connector) as http,
    ):
        made = Fleet(home, simulator, server, database, http)
        try:
            yield made
        finally:
            for replica in made.replicas:
                replica.process.kill()
                await asyncio.to_thread(replica.process.wait, PATIENCE)
                assert "Traceback" not in replica.screen.read_text()
