"""``codex2api serve`` with an account of a simulated ChatGPT, which outlives the server."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator
from tests.cli.server_process import PATIENCE, ServerProcess, serving
from tests.served import sign_in


@contextmanager
def simulated() -> Iterator[RunningSimulator]:
    """A simulated ChatGPT in a thread of its own."""
    started: list[RunningSimulator] = []
    is_up, loop, stop = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def run() -> None:
        async with running_simulator(SimulatorOptions(any_redirect_port=True)) as simulator:
            started.append(simulator)
            is_up.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    assert is_up.wait(PATIENCE)
    try:
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
        loop.close()


def variables(simulator: RunningSimulator) -> dict[str, str]:
    """The environment that leads a server to this simulator."""
    return {
        "CODEX2API_OAUTH__ISSUER": simulator.issuer_url,
        "CODEX2API_BACKEND__URL": simulator.backend_url,
        "CODEX2API_OAUTH__LOCAL_SERVER_PORT": "0",
    }


@contextmanager
def signed_in(
    home: Path, *options: str, env: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    """Both, until the block ends."""
    with simulated() as simulator:
        sign_in(home, simulator)
        with serving(home, *options, env={**variables(simulator), **(env or {})}) as server:
            yield server


def connect(server: ServerProcess) -> closing[HTTPConnection]:
    return closing(HTTPConnection(server.host, server.port, timeout=PATIENCE))


def post(
    connection: HTTPConnection, server: ServerProcess, text: str, *, stream: bool = False
) -> HTTPResponse:
    """A chat completion on this connection."""
    body = {"model": "gpt-5.5", "stream": stream, "messages": [{"role": "user", "content": text}]}
    headers = {**server.bearer, "content-type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body).encode(), headers)
    return connection.getresponse()


def get(server: ServerProcess, path: str) -> tuple[int, Any]:
    """Status and JSON of a GET on a new connection."""
    with connect(server) as connection:
        connection.request("GET", path, headers=server.bearer)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def soon(what: Callable[[], bool]) -> bool:
    """Whether something becomes true before long."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if what():
            return True
        time.sleep(0.02)
    return False


def log_of(home: Path) -> str:
    """Everything in the log files."""
    files = sorted((home / "logs").glob("*.log"))
    return "".join(path.read_text(encoding="utf-8") for path in files)
