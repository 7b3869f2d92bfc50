"""Servers under load, and how their processes are started and ended."""

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.processes import wait_for_port
from bench.works import WORKS, Work

SERVER_CORE, LOAD_CORE = "0", "1"

BUILD = Path(__file__).parent / "build"
"""Where the C programs are."""


@dataclass
class Target:
    """A server under load.

    Attributes:
        headers: ``NAME: VALUE`` of every request.
        paths: Its routes by the names that ``Work.path`` uses.
        works: Which workloads it can do.
        speaks_responses: Whether its chat route is one of the Responses API.
        pids: Its processes, without those that these started.
    """

    name: str
    url: str
    headers: list[str] = field(default_factory=list)
    paths: Mapping[str, str] = field(
        default_factory=lambda: {"chat": "/v1/chat/completions", "responses": "/v1/responses"}
    )
    model: str = "gpt-5.4"
    works: list[str] = field(default_factory=lambda: list(WORKS))
    speaks_responses: bool = False
    pids: list[int] = field(default_factory=list)

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80

    def can(self, name: str, work: Work) -> bool:
        return name in self.works and work.path in self.paths

    def found(self) -> "Target":
        """Itself, with its processes, on its core."""
        self.pids = wait_for_port(self.port)
        for pid in self.pids:
            pin(pid, SERVER_CORE)
        return self


def direct(sim_port: int, sim_pid: int) -> Target:
    """The simulator itself, as if it were a server: what the harness costs."""
    paths = dict.fromkeys(("chat", "responses"), "/backend-api/codex/responses")
    url = f"http://127.0.0.1:{sim_port}"
    works = [name for name, work in WORKS.items() if not work.fill]
    return Target("direct", url, paths=paths, works=works, speaks_responses=True, pids=[sim_pid])


def named(text: str) -> Target:
    """A peer given as ``NAME=URL``."""
    name, _, url = text.partition("=")
    return Target(name, url)


@contextmanager
def started(core: str, command: list[str], **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process on a core of its own, ended in the end."""
    quiet: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    process: subprocess.Popen[bytes] = subprocess.Popen(
        ["taskset", "-c", core, *command], **(quiet | how)
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def pin(pid: int, core: str) -> None:
    """Move a process with all its threads to a core."""
    with suppress(ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {int(core)})


def build() -> None:
    """Compile the simulator and the load generator, unless they are newer than their sources."""
    BUILD.mkdir(exist_ok=True)
    for name in ("sim", "load"):
        source, program = BUILD.parent / f"{name}.c", BUILD / name
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            subprocess.run(["cc", "-O2", "-w", "-o", program, source], check=True)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
