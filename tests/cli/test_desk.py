"""Signing in over HTTP, whichever of several workers is asked."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.cli.server_process import PATIENCE, ServerProcess, serving
from tests.cli.signed_in import connect, get, log_of, simulated, soon, variables

MANY = 12
"""Connections, so that every worker is asked."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with simulated() as simulator:
        options = ("--workers", "3", "--log-level", "info", "--no-login")
        with serving(tmp_path, *options, env=variables(simulator)) as running:
            assert soon(lambda: log_of(tmp_path).count("worker.serves") == 3)
            yield running


def send(server: ServerProcess, path: str, body: Any) -> tuple[int, Any]:
    headers = {**server.bearer, "content-type": "application/json"}
    with connect(server) as connection:
        connection.request("POST", path, json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def browse(url: str) -> httpx2.Response:
    return httpx2.get(url, follow_redirects=True, timeout=PATIENCE)


def test_a_browser_sign_in_is_one_story_for_all_workers(server: ServerProcess) -> None:
    begun = [send(server, "/auth/login", {"account": f"a{number}"}) for number in range(4)]
    assert [status for status, _ in begun] == [200] * 4
    states = [started["state"] for _, started in begun]
    asked = [get(server, f"/auth/login/{state}") for state in states for _ in range(MANY)]
    assert {(status, told["status"]) for status, told in asked} == {(200, "pending")}

    pages = [browse(started["authorization_url"]) for _, started in begun]

    assert [page.status_code for page in pages] == [200] * 4
    asked = [get(server, f"/auth/login/{state}") for state in states for _ in range(MANY)]
    assert {(status, told["status"]) for status, told in asked} == {(200, "signed_in")}
    seen = [get(server, "/auth/status")[1]["accounts"] for _ in range(MANY)]
    assert {len(accounts) for accounts in seen} == {4}


def test_a_pasted_address_and_a_device_code_work_anywhere(server: ServerProcess) -> None:
    for _ in range(3):
        _, started = send(server, "/auth/login", {"replace": True})
        answer = httpx2.get(started["authorization_url"], follow_redirects=False)
        while not answer.headers["location"].startswith(started["redirect_uri"]):
            answer = httpx2.get(answer.headers["location"], follow_redirects=False)
        status, told = send(server, "/auth/callback", {"url": answer.headers["location"]})
        assert (status, told["status"]) == (200, "signed_in")

    status, device = send(server, "/auth/device", {"account": "d"})
    asked = [get(server, f"/auth/device/{device['id']}") for _ in range(MANY)]
    assert status == 200
    assert {answer[0] for answer in asked} == {200}


def test_mistakes_are_told_as_by_one_process(server: ServerProcess) -> None:
    unknown = [get(server, "/auth/login/nothing") for _ in range(MANY)]
    bad = [send(server, "/auth/callback", {"code": "x", "state": "y"}) for _ in range(MANY)]

    assert {(status, body["error"]["code"]) for status, body in unknown} == {(404, "not_found")}
    assert {(status, body["error"]["code"]) for status, body in bad} == {(400, "state_mismatch")}
    for _ in range(MANY):
        with connect(server) as connection:
            connection.request("GET", "/auth/login/nothing")
            assert connection.getresponse().status == 401


def test_a_link_of_any_worker_works_once(server: ServerProcess) -> None:
    body = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}]}
    for _ in range(MANY):
        status, refused = send(server, "/v1/chat/completions", body)
        assert status == 401
        link = re.search(r"http://\S+/sign-in/\S+", refused["error"]["message"])
        assert link, refused
        followed = [httpx2.get(link[0], follow_redirects=False).status_code for _ in range(3)]
        assert followed == [303, 404, 404]
