"""With several workers a scrape tells the sum, whichever of them is asked, and if one died."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.server_process import ServerProcess
from tests.cli.signed_in import connect, post, signed_in, soon
from tests.cli.test_workers import INFO, workers_of

SERVED = re.compile(
    r'codex2api_requests_total\{route="/v1/chat/completions",status="2xx".*\} (\S+)'
)


def scrape(server: ServerProcess) -> str:
    """The text of a scrape, by whichever worker takes the connection."""
    with connect(server) as connection:
        connection.request("GET", "/metrics", headers=server.bearer)
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read().decode()


def served(server: ServerProcess) -> float:
    return sum(map(float, SERVED.findall(scrape(server))))


def ask(server: ServerProcess, times: int) -> None:
    for _ in range(times):
        with connect(server) as connection:
            assert post(connection, server, "SCENARIO:text hello").read()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with signed_in(tmp_path, *INFO, "--workers", "3") as running:
        assert soon(lambda: len(workers_of(tmp_path)) == 3)
        yield running


def test_the_sum_of_all_workers(server: ServerProcess, tmp_path: Path) -> None:
    ask(server, 30)
    # A worker shows the others its counts within a second; every one of them has to know.
    assert soon(lambda: all(served(server) == 30 for _ in range(12)))
    assert "codex2api_workers 3.0" in scrape(server)

    victim = workers_of(tmp_path)[1]
    os.kill(victim, signal.SIGKILL)
    assert soon(lambda: workers_of(tmp_path)[1] != victim)

    assert soon(lambda: "codex2api_workers 3.0" in scrape(server))
    assert all(served(server) == 30 for _ in range(12))
    ask(server, 10)
    assert soon(lambda: all(served(server) == 40 for _ in range(12)))
