"""Everything that a run has logged, among faults: whole lines, no secret, no traceback."""

import json
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

from tests.cli.server_process import ServerProcess, serving
from tests.cli.signed_in import connect, get, log_of, post, simulated, soon, variables
from tests.cli.test_workers import workers_of
from tests.served import sign_in

LINE = re.compile(r"\[\d{4}-\d\d-\d\dT[\d:.]+Z\] \[(error|warn|info|debug)\] \[[\w.:-]+\] \S.*")
SECRET_WORDS = "the-very-private-words-of-a-prompt"
SCENARIOS = (
    "SCENARIO:text",
    "SCENARIO:cut",
    "SCENARIO:failed",
    "SCENARIO:error_nested",
    "SCENARIO:http:status=500",
    "SCENARIO:html",
    "SCENARIO:noise",
    "SCENARIO:reset",
    "SCENARIO:policy",
    "SCENARIO:echo_secret",
)


def ask(server: ServerProcess, number: int) -> None:
    """Ask for what goes well or badly; how it ends is told by other tests."""
    text = f"{SCENARIOS[number % len(SCENARIOS)]} {SECRET_WORDS}"
    with connect(server) as connection:
        try:
            post(connection, server, text, stream=number % 2 == 0).read()
        except (HTTPException, ConnectionError):
            return


def secrets_of(home: Path, server: ServerProcess) -> Iterator[str]:
    yield server.key
    yield SECRET_WORDS
    yield "@"
    tokens = json.loads((home / "data" / "tokens.json").read_text())
    yield from (value for name, value in tokens.items() if name.endswith("_token"))


def test_lines_are_whole_and_tell_no_secret(tmp_path: Path) -> None:
    with simulated() as simulator:
        sign_in(tmp_path, simulator)
        options = ("--workers", "3", "--log-level", "debug")
        env = {**variables(simulator), "CODEX2API_SERVER__DRAIN_SECONDS": "1"}
        with serving(tmp_path, *options, env=env) as server:
            assert soon(lambda: len(workers_of(tmp_path)) == 3)
            with ThreadPoolExecutor(8) as threads:
                list(threads.map(lambda number: ask(server, number), range(160)))
            with connect(server) as stranger:
                stranger.request("GET", "/v1/models", headers={"authorization": "Bearer sk-wrong"})
                assert stranger.getresponse().status == 401
            get(server, f"/v1/models?api_key={server.key}")
            victim = workers_of(tmp_path)[1]
            os.kill(victim, signal.SIGKILL)
            assert soon(lambda: workers_of(tmp_path)[1] != victim)
            with connect(server) as endless:
                post(endless, server, "SCENARIO:endless:d=20", stream=True).readline()
                assert server.end(signal.SIGTERM) == 0
        said = [*"".join(server.said).splitlines(), *server.screen.splitlines()]
        logged = log_of(tmp_path).splitlines()
        secrets = list(secrets_of(tmp_path, server))

    assert len(logged) > 160
    assert [line for line in logged if not LINE.fullmatch(line)] == []
    for line in (*logged, *said):
        assert "Traceback" not in line
        assert not any(secret in line for secret in secrets), line
    requests = [line for line in logged if re.search(r"\] request method=POST", line)]
    assert len(requests) >= 160, "one line for each"
