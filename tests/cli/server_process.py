"""``codex2api serve`` as a process of its own."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PATIENCE = 90


@dataclass(frozen=True)
class ServerProcess:
    """A server that listens, with its own home."""

    process: subprocess.Popen[str]
    host: str
    port: int
    screen: str
    """What it said before it listened."""
    key: str
    said: list[str] = field(default_factory=list)
    """What it said since then."""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def bearer(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}

    def end(self, number: int) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "codex2api", "serve", *options]


def environment(home: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith("CODEX2API_")
    } | {"CODEX2API_HOME": str(home), "CODEX2API_LOGGING__DIR": str(home / "logs")}
    for name in ("PORT", "HOST", "CONFIG_PATH", "LOG_LEVEL", "DATABASE_URL"):
        kept.pop(name, None)
    return kept


@contextmanager
def serving(
    home: Path,
    *options: str,
    env: Mapping[str, str] | None = None,
    under: Sequence[str] = (),
    stdin: int = subprocess.DEVNULL,
) -> Iterator[ServerProcess]:
    """Run it until the block ends.

    Args:
        home: Its home folder.
        options: Further ones of the command.
        env: Further variables of its environment.
        under: A command that runs it.
        stdin: A descriptor.
    """
    process = subprocess.Popen(
        [*under, *command("--port", "0", "--log-level", "error", *options)],
        stdin=stdin,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(home) | dict(env or {}),
    )
    assert process.stderr is not None
    reader: threading.Thread | None = None
    try:
        server = _listening(process, process.stderr)
        # Somebody has to read, or the server waits with a full pipe.
        reader = threading.Thread(target=server.said.extend, args=(process.stderr,), daemon=True)
        reader.start()
        yield server
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(PATIENCE)
        if reader is not None:
            reader.join(PATIENCE)
        process.stderr.close()


def _listening(process: subprocess.Popen[str], stderr: IO[str]) -> ServerProcess:
    screen = ""
    for line in stderr:
        screen += line
        if line.startswith("  account"):
            break
    found = re.search(r"http://([\d.]+|\[[\da-f:]+\]):(\d+)/v1", screen)
    key_file = re.search(r"API key   in (\S+)", screen)
    assert found, screen
    assert key_file, screen
    key = Path(key_file[1]).read_text().strip()
    return ServerProcess(process, found[1], int(found[2]), screen, key)
