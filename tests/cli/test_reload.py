"""A changed config file is taken while the server serves; a bad one changes nothing."""

import json
import signal
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from tests.cli.server_process import ServerProcess, serving
from tests.cli.signed_in import connect, get, log_of, post, signed_in, soon

INFO = ("--log-level", "info")
HOST = "chat.example"


def configure(home: Path, **sections: dict[str, Any]) -> None:
    """Write the config file as an editor does: a new file in the place of the old."""
    new = home / "config.new"
    new.write_text(json.dumps(sections))
    new.replace(home / "config.json")


def status_for_host(server: ServerProcess) -> int:
    with connect(server) as connection:
        connection.request("GET", "/health", headers={"host": HOST})
        return connection.getresponse().status


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_safe_change_is_taken_by_every_worker_and_told_once(tmp_path: Path, workers: str) -> None:
    with serving(tmp_path, *INFO, "--workers", workers) as server:
        assert status_for_host(server) == 421
        configure(
            tmp_path,
            server={"allowedHosts": [HOST], "port": 4567, "apiKeys": ["sk-n3w-0123456789abc"]},
        )

        assert soon(lambda: {status_for_host(server) for _ in range(20)} == {200})
        assert soon(lambda: "settings.taken" in log_of(tmp_path))
        logged = log_of(tmp_path)
        assert logged.count("settings.taken") == 1
        assert "server.allowedHosts = ('chat.example',)" in logged
        assert "server.apiKeys = (hidden)" in logged
        assert "server.port = 4567" not in logged, "the command line says which port"

        configure(tmp_path, server={"allowedHosts": [HOST], "workers": 9, "auth": "none"})
        assert soon(lambda: "server.auth = 'none'" in log_of(tmp_path))
        assert "settings.wait_for_restart" in log_of(tmp_path)
        assert status_with(server, "no-key") == 401


def test_a_new_key_opens_and_an_old_one_no_longer_does(tmp_path: Path) -> None:
    key = "sk-a-key-for-this-very-test"
    with serving(tmp_path) as server:
        assert status_with(server, key) == 401
        configure(tmp_path, server={"apiKeys": [key]})
        assert soon(lambda: status_with(server, key) == 200)
        (tmp_path / "config.json").unlink()
        # Whoever goes on with a wrong key hears 429 after a while.
        assert soon(lambda: status_with(server, key) in (401, 429))


def status_with(server: ServerProcess, key: str) -> int:
    with connect(server) as connection:
        connection.request("GET", "/v1/models", headers={"authorization": f"Bearer {key}"})
        return connection.getresponse().status


def test_a_bad_file_changes_nothing_and_the_log_says_why(tmp_path: Path) -> None:
    with serving(tmp_path, *INFO) as server:
        configure(tmp_path, server={"allowedHosts": [HOST]}, codex={"strict": "perhaps"})

        assert soon(lambda: "settings.refused" in log_of(tmp_path))
        assert "codex.strict = 'perhaps'" in log_of(tmp_path)
        assert status_for_host(server) == 421
        configure(tmp_path, server={"allowedHosts": [HOST]})
        assert soon(lambda: status_for_host(server) == 200)


def test_a_hangup_reads_the_file_at_once(tmp_path: Path) -> None:
    with serving(tmp_path, *INFO) as server:
        server.process.send_signal(signal.SIGHUP)

        assert soon(lambda: "settings.unchanged" in log_of(tmp_path))
        assert get(server, "/health")[0] == 200


def test_running_answers_keep_their_settings_and_new_ones_get_the_new(tmp_path: Path) -> None:
    with signed_in(tmp_path) as server, connect(server) as running, connect(server) as later:
        answer = post(running, server, "SCENARIO:text:n=40:d=100", stream=True)
        assert answer.readline()

        configure(tmp_path, codex={"strict": True})

        assert soon(lambda: refuses_unknown(server))
        assert answer.read().endswith(b"data: [DONE]\n\n")
        assert post(later, server, "Hi").status == 200


def refuses_unknown(server: ServerProcess) -> bool:
    body = {"model": "gpt-5.5", "seed": 1, "messages": [{"role": "user", "content": "Hi"}]}
    headers = {**server.bearer, "content-type": "application/json"}
    with connect(server) as connection:
        connection.request("POST", "/v1/chat/completions", json.dumps(body).encode(), headers)
        answer: HTTPResponse = connection.getresponse()
        return answer.status == 400
