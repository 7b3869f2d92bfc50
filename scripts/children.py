"""The processes that the demo starts, and how they end: always, and by their own id."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0
"""Seconds until something that ought to happen at once is given up: slow machines exist."""

_STRANGE = ("CODEX2API_", "PORT", "HOST", "CONFIG_PATH", "LOG_LEVEL", "DATABASE_URL", "ENABLE_")


class DemoFailed(Exception):  # noqa: N818 - its text is what the person reads
    """A step failed; the text is one sentence that says which, and why."""


@dataclass(frozen=True, slots=True)
class Child:
    """A process of ours that serves HTTP."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def require_alive(self) -> None:
        """Tell its last words if it has ended."""
        code = self.process.poll()
        if code is not None:
            lines = self.log.read_text("utf-8", "replace").strip().splitlines()
            # Lines of the log (JSON) tell of requests; what it tells a person is plain text.
            words = [line for line in lines if not line.startswith("{")] or ["It gave no reason."]
            raise DemoFailed(f"{self.name} ended with exit code {code}. {words[-1]}")

    def await_answer(self) -> None:
        """Wait until it answers HTTP; any status will do."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            self.require_alive()
            try:
                browse(f"{self.url}/health", timeout=2)
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise DemoFailed(f"{self.name} does not answer on {self.url}.")

    def end(self) -> None:
        """End it, gently at first."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(name: str, home: Path, command: str, port: int, *options: str) -> Iterator[Child]:
    """A command of ours as a process of its own, from its first answer until the block ends.

    Args:
        name: What the person who watches knows it by.
        home: Its ``CODEX2API_HOME``; what it prints goes to a file there.
        command: ``serve``, say.
        port: Where it listens on 127.0.0.1.
        options: Further ones.

    Raises:
        DemoFailed: It ends, or stays silent.
    """
    log = home / f"{command}.log"
    arguments = [sys.executable, "-m", "codex2api", command, "--port", str(port), *options]
    with log.open("wb") as output:
        # In a session of its own: Ctrl-C reaches us alone, and we end the children in order.
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=_environment(home),
            start_new_session=True,
        )
    child = Child(name, f"http://127.0.0.1:{port}", process, log)
    try:
        child.await_answer()
        yield child
    finally:
        child.end()


def _environment(home: Path) -> dict[str, str]:
    """Ours, without proxies and without settings that are meant for a real server."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_STRANGE) and not name.lower().endswith("_proxy")
    }
    # The demo itself plays the browser, so that no real one opens.
    return kept | {"CODEX2API_HOME": str(home), "BROWSER": "true", "PYTHONUNBUFFERED": "1"}


def free_port(wanted: int = 0) -> int:
    """The wanted port of 127.0.0.1 if nobody has it, else any free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        return int(probe.getsockname()[1])


def browse(request: str | urllib.request.Request, timeout: float = PATIENCE) -> bytes:
    """What a browser without a proxy would get, redirects followed.

    Raises:
        OSError: Nothing answered; ``HTTPError``, which is one: with a status that is no success.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=timeout) as response:
        return bytes(response.read())
