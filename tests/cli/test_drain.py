"""What callers see of a server that ends (fault matrix, rows 102 and 103)."""

import json
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from typing import Any

import pytest

from tests.cli.server_process import PATIENCE, ServerProcess, serving
from tests.cli.signed_in import connect, get, log_of, post, signed_in, soon

LONG = {"CODEX2API_SERVER__DRAIN_SECONDS": "120"}
"""Of a machine that has other things to do, too."""


def running_streams(server: ServerProcess, count: int) -> list[HTTPConnection]:
    """Connections on which an answer of two seconds has begun."""
    return [HTTPConnection(server.host, server.port, timeout=PATIENCE) for _ in range(count)]


def refusal(server: ServerProcess) -> tuple[int, Any, Any]:
    """Status, error and headers of what a new request is answered."""
    with connect(server) as late:
        answer = post(late, server, "Hi")
        return answer.status, json.loads(answer.read()).get("error"), answer.headers


@pytest.mark.parametrize("workers", ["1", "2"])
def test_eight_streams_finish_and_nothing_new_begins(tmp_path: Path, workers: str) -> None:
    with signed_in(tmp_path, "--workers", workers, env=LONG) as server:
        connections = running_streams(server, 8)
        answers = [
            post(each, server, f"SCENARIO:text:n=60:d=100 {number}", stream=True)
            for number, each in enumerate(connections)
        ]
        begun = [answer.readline() for answer in answers]

        server.process.send_signal(signal.SIGTERM)
        assert soon(lambda: get(server, "/health/ready")[0] == 503)
        assert soon(lambda: refusal(server)[0] == 503), "of several workers each hears it alone"
        status, error, refused = refusal(server)

        assert get(server, "/health/ready") == (503, {"status": "draining"})
        assert get(server, "/health") == (200, {"status": "ok"})
        assert (status, error["code"]) == (503, "shutting_down")
        assert (refused["retry-after"], refused["connection"]) == ("5", "close")
        with ThreadPoolExecutor(8) as threads:
            texts = list(threads.map(lambda answer: answer.read(), answers))
        for connection in connections:
            connection.close()
        assert all(line.startswith(b"data: ") for line in begun)
        assert all(text.endswith(b"data: [DONE]\n\n") for text in texts)
        assert server.process.wait(PATIENCE) == 0
    assert "Traceback" not in log_of(tmp_path)


def test_a_kept_connection_is_refused_and_closed(tmp_path: Path) -> None:
    with (
        signed_in(tmp_path, env=LONG) as server,
        connect(server) as kept,
        connect(server) as busy,
    ):
        assert post(kept, server, "Hi").read()
        running = post(busy, server, "SCENARIO:text:n=60:d=100", stream=True)
        assert running.readline()
        server.process.send_signal(signal.SIGTERM)
        assert soon(lambda: get(server, "/health/ready")[0] == 503)

        refused = post(kept, server, "Hi again")

        assert (refused.status, refused.headers["connection"]) == (503, "close")
        assert running.read().endswith(b"data: [DONE]\n\n")


def test_idle_connections_hold_nobody_up(tmp_path: Path) -> None:
    with signed_in(tmp_path) as server, connect(server) as idle:
        assert post(idle, server, "Hi").read()

        assert server.end(signal.SIGTERM) == 0
        assert idle.sock is not None
        assert idle.sock.recv(1) == b""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_endless_stream_ends_broken_when_the_time_is_over(tmp_path: Path, workers: str) -> None:
    env = {"CODEX2API_SERVER__DRAIN_SECONDS": "1"}
    options = ("--workers", workers, "--log-level", "info")
    with signed_in(tmp_path, *options, env=env) as server, connect(server) as endless:
        answer = post(endless, server, "SCENARIO:endless:d=20", stream=True)
        assert answer.readline()
        server.process.send_signal(signal.SIGTERM)

        with pytest.raises((IncompleteRead, ConnectionResetError)):
            answer.read()
        assert server.process.wait(PATIENCE) == 0
    logged = log_of(tmp_path)
    assert "server.cut_short" in logged
    assert "error=shutting_down" in logged
    assert "Traceback" not in logged


def test_who_waits_for_a_whole_answer_is_told_when_the_time_is_over(tmp_path: Path) -> None:
    env = {"CODEX2API_SERVER__DRAIN_SECONDS": "1"}
    with signed_in(tmp_path, env=env) as server, connect(server) as waiting:
        with ThreadPoolExecutor(1) as thread:
            asked = thread.submit(post, waiting, server, "SCENARIO:endless:d=20")
            assert soon(lambda: get(server, "/auth/status")[0] == 200)
            server.process.send_signal(signal.SIGTERM)
            answer = asked.result(PATIENCE)

        assert answer.status == 503
        assert json.loads(answer.read())["error"]["code"] == "shutting_down"
        assert server.process.wait(PATIENCE) == 0


def is_draining(server: ServerProcess) -> bool:
    """Whether somebody says so; a worker that has nothing to do may end while it is asked."""
    try:
        return get(server, "/health/ready")[0] == 503
    except ConnectionError:
        return False


def status_of(server: ServerProcess, name: str) -> str:
    """What has become of a response."""
    status: str = get(server, f"/v1/responses/{name}")[1]["status"]
    return status


def test_a_response_in_the_background_has_time_to_finish(tmp_path: Path) -> None:
    body = {"model": "gpt-5.5", "input": "SCENARIO:text:n=30:d=100 hi", "background": True}
    with signed_in(tmp_path, env=LONG) as server:
        headers = {**server.bearer, "content-type": "application/json"}
        with connect(server) as connection:
            connection.request("POST", "/v1/responses", json.dumps(body), headers)
            name = json.loads(connection.getresponse().read())["id"]
        assert soon(lambda: status_of(server, name) == "in_progress")
        assert server.end(signal.SIGTERM) == 0

    with signed_in(tmp_path) as server:
        assert status_of(server, name) == "completed"


def test_a_second_signal_cuts_everything_short(tmp_path: Path) -> None:
    with (
        signed_in(tmp_path, "--workers", "2") as server,
        connect(server) as endless,
    ):
        answer = post(endless, server, "SCENARIO:endless:d=20", stream=True)
        assert answer.readline()
        server.process.send_signal(signal.SIGINT)
        assert soon(lambda: is_draining(server))

        assert server.end(signal.SIGINT) == 130
        with pytest.raises((IncompleteRead, ConnectionResetError)):
            answer.read()


def test_a_load_balancer_has_time_to_notice(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-login", env=LONG) as server:
        assert get(server, "/health/ready") == (503, {"status": "not_ready"})

        server.process.send_signal(signal.SIGTERM)

        assert soon(lambda: get(server, "/health/ready") == (503, {"status": "draining"}))
        assert server.process.wait(PATIENCE) == 0


@pytest.fixture
def hangups() -> Iterator[None]:
    """Processes may hear of them, even if the tests themselves run under ``nohup``."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangups")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_terminal_that_goes_ends_the_server_unless_nohup_said_no(
    tmp_path: Path, workers: str
) -> None:
    ours, theirs = os.openpty()
    options = ("--workers", workers, "--no-login")
    with serving(tmp_path, *options, stdin=theirs) as server:
        assert server.end(signal.SIGHUP) == 0
    with serving(tmp_path, *options, stdin=theirs, under=("nohup",)) as server:
        server.process.send_signal(signal.SIGHUP)
        assert get(server, "/health")[0] == 200
        assert server.end(signal.SIGTERM) == 0
    os.close(ours)
    os.close(theirs)
