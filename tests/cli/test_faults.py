"""Disks that are full or read-only, and processes that are killed, around a running server."""

import json
import resource
import signal
import sys
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from codex2api.simulator.runner import RunningSimulator
from tests.cli.server_process import ServerProcess, serving
from tests.cli.signed_in import connect, post, simulated, soon, variables
from tests.cli.test_refusals import NOBODY_SPECIAL, needs_root
from tests.served import sign_in

INFO = ("--log-level", "info")
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of another process")


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    with simulated() as running:
        yield running


def tokens_of(home: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((home / "data" / "tokens.json").read_text())
    return found


def expire(home: Path) -> None:
    """Have the next request refresh the token, which lived for a second at least."""
    file = home / "data" / "tokens.json"
    file.write_text(json.dumps(tokens_of(home) | {"expires_at": int(time.time() * 1000) + 1000}))
    file.chmod(0o600)
    time.sleep(1.1)


def status(server: ServerProcess, text: str = "Hi") -> int:
    with connect(server) as connection:
        answer: HTTPResponse = post(connection, server, text)
        answer.read()
        return answer.status


def stored(server: ServerProcess) -> int:
    """The status of an answer that would be remembered."""
    body = json.dumps({"model": "gpt-5.5", "input": "Hi"}).encode()
    headers = {**server.bearer, "content-type": "application/json"}
    with connect(server) as connection:
        connection.request("POST", "/v1/responses", body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


@linux
def test_a_full_disk_costs_no_answer_and_no_sign_in(
    tmp_path: Path, simulator: RunningSimulator
) -> None:
    sign_in(tmp_path, simulator)
    with serving(tmp_path, *INFO, env=variables(simulator)) as server:
        assert status(server) == 200
        expire(tmp_path)
        before = tokens_of(tmp_path)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

        assert [status(server) for _ in range(3)] == [200] * 3

        assert tokens_of(tmp_path) == before, "the old file is as it was"
        assert soon(lambda: any("tokens.unsaved" in line for line in server.said))
        assert len(simulator.requests("/oauth/token", "POST")) == 1
        assert list((tmp_path / "data").glob("*.tmp")) == []
        assert stored(server) == 200
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        assert status(server) == 200


@linux
@needs_root
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_read_only_home_serves_on(
    tmp_path: Path, simulator: RunningSimulator, workers: str
) -> None:
    sign_in(tmp_path, simulator)
    with serving(tmp_path, env=variables(simulator)) as server:
        assert status(server) == 200
        server.end(signal.SIGTERM)
    expire(tmp_path)
    for folder in (tmp_path / "data", tmp_path):
        folder.chmod(0o500)
    try:
        options = ("--log-level", "warn", "--workers", workers)
        env = variables(simulator)
        with serving(tmp_path, *options, env=env, under=NOBODY_SPECIAL) as server:
            assert [status(server) for _ in range(6)] == [200] * 6
            assert stored(server) == 200
            assert soon(lambda: any("tokens.unsaved" in line for line in server.said))
            assert not any("Traceback" in line for line in server.said)
            assert server.end(signal.SIGTERM) == 0
    finally:
        for folder in (tmp_path, tmp_path / "data"):
            folder.chmod(0o700)


def test_an_answer_is_given_only_once_the_new_token_is_on_disk(
    tmp_path: Path, simulator: RunningSimulator
) -> None:
    sign_in(tmp_path, simulator)
    for number in range(3):
        expire(tmp_path)
        before = tokens_of(tmp_path)["refresh_token"]
        with serving(tmp_path, env=variables(simulator)) as server:
            assert status(server, f"Hi {number}") == 200
            assert server.end(signal.SIGKILL) == -signal.SIGKILL

        assert tokens_of(tmp_path)["refresh_token"] != before
        assert (tmp_path / "data" / "tokens.json").stat().st_mode & 0o777 == 0o600
    assert len(simulator.requests("/oauth/token", "POST")) == 3


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_killed_server_comes_back_with_its_sign_in_and_its_key(
    tmp_path: Path, simulator: RunningSimulator, workers: str
) -> None:
    sign_in(tmp_path, simulator)
    keys = set()
    for _ in range(3):
        with serving(tmp_path, "--workers", workers, env=variables(simulator)) as server:
            keys.add(server.key)
            assert status(server) == 200
            assert stored(server) == 200
            server.end(signal.SIGKILL)
    assert len(keys) == 1
    assert simulator.requests("/oauth/token", "POST") == [], "nothing had to be refreshed"
