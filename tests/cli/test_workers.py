"""Several workers: one may die, and the supervisor may (fault matrix, row 107)."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from subprocess import DEVNULL, PIPE

import httpx2
import pytest

from tests.cli.server_process import PATIENCE, environment
from tests.cli.signed_in import connect, get, log_of, post, signed_in, soon

METHOD = "fork" if sys.platform == "linux" else "spawn"
linux = pytest.mark.skipif(sys.platform != "linux", reason="who has a socket is told by /proc")
INFO = ("--log-level", "info")


def workers_of(home: Path) -> dict[int, int]:
    """The process id of each worker, as the log tells."""
    found = re.findall(r"worker\.serves worker=(\d+) pid=(\d+)", log_of(home))
    return {int(number): int(pid) for number, pid in found}


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _ends(ours: socket.socket) -> tuple[tuple[str, int], tuple[str, int]]:
    """Addresses of a connection, the other side's first."""
    return ours.getpeername(), ours.getsockname()


def holder(pids: list[int], connection: HTTPConnection) -> int:
    """The process that has the other end of a connection, as Linux tells."""
    assert connection.sock is not None
    ends = [f":{address[1]:04X}" for address in _ends(connection.sock)]
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inode = next(line[9] for line in lines if [line[1][-5:], line[2][-5:]] == ends)
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            if str(descriptor.readlink()) == f"socket:[{inode}]":
                return pid
    raise AssertionError("nobody has it")


@linux
def test_a_killed_worker_is_replaced_and_the_others_do_not_notice(tmp_path: Path) -> None:
    with signed_in(tmp_path, *INFO, "--workers", "3") as server, ExitStack() as opened:
        assert soon(lambda: len(workers_of(tmp_path)) == 3)
        before = workers_of(tmp_path)
        connections = [opened.enter_context(connect(server)) for _ in range(12)]
        answers = [
            post(each, server, "SCENARIO:text:n=60:d=100", stream=True) for each in connections
        ]
        assert all(answer.readline() for answer in answers)
        holders = [holder(list(before.values()), each) for each in connections]
        victim = holders[0]
        place = next(number for number, pid in before.items() if pid == victim)

        os.kill(victim, signal.SIGKILL)

        assert soon(lambda: workers_of(tmp_path)[place] != victim)
        assert all(get(server, "/health")[0] == 200 for _ in range(10))
        for answer, pid in zip(answers, holders, strict=True):
            if pid == victim:
                with pytest.raises((IncompleteRead, ConnectionResetError)):
                    answer.read()
            else:
                assert answer.read().endswith(b"data: [DONE]\n\n")
        after = workers_of(tmp_path)
        assert {n: pid for n, pid in after.items() if n != place} == {
            n: pid for n, pid in before.items() if n != place
        }
        assert log_of(tmp_path).count("worker.died") == 1
        assert server.end(signal.SIGTERM) == 0
        assert not any(is_alive(pid) for pid in after.values())
    assert "Traceback" not in log_of(tmp_path)


def test_workers_never_outlive_their_supervisor(tmp_path: Path) -> None:
    with signed_in(tmp_path, *INFO, "--workers", "2") as server, connect(server) as connection:
        assert soon(lambda: len(workers_of(tmp_path)) == 2)
        answer = post(connection, server, "SCENARIO:text:n=60:d=100", stream=True)
        assert answer.readline()

        assert server.end(signal.SIGKILL) == -signal.SIGKILL

        assert answer.read().endswith(b"data: [DONE]\n\n")
        assert soon(lambda: not any(map(is_alive, workers_of(tmp_path).values())))


def test_ctrl_c_for_the_whole_group_lets_answers_finish(tmp_path: Path) -> None:
    with signed_in(tmp_path, *INFO, "--workers", "2") as server, connect(server) as connection:
        assert soon(lambda: len(workers_of(tmp_path)) == 2)
        answer = post(connection, server, "SCENARIO:text:n=60:d=100", stream=True)
        assert answer.readline()
        for pid in workers_of(tmp_path).values():
            os.kill(pid, signal.SIGINT)

        assert server.process.poll() is None
        server.process.send_signal(signal.SIGINT)

        assert answer.read().endswith(b"data: [DONE]\n\n")
        assert server.process.wait(PATIENCE) == 130


SUPERVISOR = """
import sys
from pathlib import Path
from codex2api.cli.server.listening import bind
from codex2api.cli.server.restarts import Restarts
from codex2api.logs import configure
from codex2api.cli.server.watching import Source
from codex2api.cli.server.workers import Supervisor

if __name__ == "__main__":
    configure(level="info", directory=Path(sys.argv[2]) / "logs")
    source = Source({"server.workers": 2, "server.port": 0, "logging.level": "info"})
    sockets = bind("127.0.0.1", 0)
    port = sockets[0].getsockname()[1]
    announce = lambda: print(port, flush=True)
    restarts = Restarts(most=1)
    sys.exit(Supervisor(source.read(), source, sockets, announce, restarts, sys.argv[1]).run())
"""


@contextmanager
def supervised(home: Path, method: str) -> Iterator[subprocess.Popen[str]]:
    """A supervisor alone, whose workers are started in one way or the other."""
    script = home / "supervisor.py"
    script.write_text(SUPERVISOR)
    command = [sys.executable, str(script), method, str(home)]
    process = subprocess.Popen(
        command, env=environment(home), stdout=PIPE, stderr=PIPE, stdin=DEVNULL, text=True
    )
    try:
        yield process
    finally:
        process.kill()  # its workers end by themselves
        process.communicate()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_may_be_forked_or_spawned(tmp_path: Path, method: str) -> None:
    with supervised(tmp_path, method) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert soon(lambda: len(workers_of(tmp_path)) == 2)
        before = workers_of(tmp_path)
        for _ in range(5):
            assert httpx2.get(f"http://127.0.0.1:{port}/health").status_code == 200

        os.kill(before[0], signal.SIGKILL)

        assert soon(lambda: workers_of(tmp_path)[0] != before[0])
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert not any(is_alive(pid) for pid in workers_of(tmp_path).values())


def test_hopeless_workers_end_the_server_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "local.key").write_text("no key")

    with supervised(tmp_path, METHOD) as process:
        _, said = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert "A worker ended again and again soon after its start" in said
    assert "Traceback" not in said
