"""What the kernel tells about processes: who listens, CPU seconds, memory."""

import os
import time
from collections.abc import Callable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class NotThereError(Exception):
    """Nothing listens, or nobody answers; the text says where."""


def listeners(port: int) -> list[int]:
    """Processes that listen on a port; of parent and child the parent."""
    sockets = {
        f"socket:[{columns[9]}]"
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for columns in map(str.split, Path(table).read_text().splitlines()[1:])
        if columns[3] == "0A" and int(columns[1].rsplit(":", 1)[1], 16) == port
    }
    found = {
        int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _holds(p, sockets)
    }
    return [pid for pid in found if int(_stat(pid)[1]) not in found]


def tree(pid: int) -> list[int]:
    """A process and all that it started, threads' children too."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(member for child in children for member in tree(int(child)))]


def cpu(pids: list[int]) -> float:
    """Seconds of user and system time of these processes and what they started."""
    return sum(user_and_system(pids))


def user_and_system(pids: list[int]) -> tuple[float, float]:
    """Seconds of either; of children that have ended, their parents keep the account."""
    spent = [_stat(member) for pid in pids for member in tree(pid)]
    user = sum(int(fields[11]) + int(fields[13]) for fields in spent)
    system = sum(int(fields[12]) + int(fields[14]) for fields in spent)
    return user / _TICKS, system / _TICKS


def memory(pids: list[int]) -> float:
    """MiB, shared pages by their share (Pss)."""
    lines = [
        line
        for pid in pids
        for member in tree(pid)
        for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
    ]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def wait_until(there: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait for something outside.

    Raises:
        NotThereError: It did not come.
    """
    until = time.monotonic() + seconds
    while not there():
        if time.monotonic() > until:
            raise NotThereError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.02)


def wait_for_port(port: int, seconds: float = 60.0) -> list[int]:
    """The processes that listen there, as soon as there are any."""
    wait_until(lambda: bool(listeners(port)), f"a listener on port {port}", seconds)
    return listeners(port)


def _holds(process: Path, sockets: set[str]) -> bool:
    try:
        return any(str(link.readlink()) in sockets for link in (process / "fd").iterdir())
    except OSError:
        return False


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:  # it has ended meanwhile
        return ["0"] * 50
