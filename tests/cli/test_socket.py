"""WebSocket connections of ``codex2api serve`` when it ends."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.cli.server_process import PATIENCE, ServerProcess, serving


def socket_to(server: ServerProcess) -> connect:
    url = server.url.replace("http:", "ws:") + "/v1/responses"
    return connect(url, additional_headers=server.bearer)


def create(socket: ClientConnection, text: str) -> None:
    wish = {"type": "response.create", "model": "gpt-5.5", "store": False, "input": text}
    socket.send(json.dumps(wish))


def event(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(PATIENCE))


def test_sigterm_lets_a_running_answer_finish_and_closes_the_rest(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as server, socket_to(server) as busy:
        with socket_to(server) as idle:
            create(busy, "SCENARIO:text:n=60:d=100 hello")
            assert event(busy)["type"] == "response.created"

            server.process.send_signal(signal.SIGTERM)

            with pytest.raises(ConnectionClosed):
                idle.recv(PATIENCE)
            assert idle.close_code == 1012
        with pytest.raises(InvalidStatus) as late, socket_to(server):
            pass
        assert late.value.response.status_code == 503
        assert late.value.response.headers["retry-after"] == "5"
        create(busy, "one more")
        kinds = [event(busy) for _ in range(8)]
        while kinds[-1]["type"] != "response.completed":
            kinds.append(event(busy))
        with pytest.raises(ConnectionClosed):
            busy.recv(PATIENCE)
        assert busy.close_code == 1012
        refused = [each["error"]["code"] for each in kinds if each["type"] == "error"]
        assert refused == ["shutting_down"]
        assert server.process.wait(PATIENCE) == 0
