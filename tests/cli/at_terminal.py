"""A command at a terminal: what a person sees, and types."""

import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from fcntl import ioctl
from pathlib import Path
from select import select

from tests.cli.server_process import PATIENCE, environment


class Terminal:
    """One process, with a terminal of its own as its three streams."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.seen = ""
        self._master = master

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def wait_for(self, text: str, times: int = 1) -> str:
        """Everything seen, as soon as that is among it so many times."""
        ends = time.monotonic() + PATIENCE
        while self.seen.count(text) < times:
            assert time.monotonic() < ends, self.seen
            assert self._read(), f"it ended without {text!r}: {self.seen}"
        return self.seen

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """The exit code; all that it still says is read."""
        while self._read():
            pass
        return self.process.wait(PATIENCE)

    def _read(self) -> bool:
        if not select([self._master], [], [], PATIENCE)[0]:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # how Linux says that nobody holds the other end any more
            return False
        self.seen += piece.decode("utf-8", "replace")
        return bool(piece)


@contextmanager
def at_terminal(
    home: Path,
    *words: str,
    env: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """Run a command of ours until the block ends."""
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    plain = {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        [sys.executable, "-m", "codex2api", *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env=environment(home) | plain | dict(env or {}),
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait(PATIENCE)
        os.close(master)
