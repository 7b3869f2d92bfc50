"""``kill -9`` in the middle of an upload: after the next start there is no trace of it."""

import signal
import socket
import time
from pathlib import Path

import httpx2

from tests.cli.server_process import PATIENCE, ServerProcess, serving

HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


def begin_upload(server: ServerProcess) -> socket.socket:
    connection = socket.create_connection((server.host, server.port))
    lines = [
        "POST /v1/files HTTP/1.1",
        f"Host: {server.host}:{server.port}",
        f"Authorization: Bearer {server.key}",
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Length: 100000000",
    ]
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + HEAD + b"x" * 5_000_000)
    return connection


def contents(home: Path) -> list[Path]:
    folder = home / "data" / "files"
    return list(folder.iterdir()) if folder.exists() else []


def wait_for_content(home: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while not any(path.stat().st_size for path in contents(home)):
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_killed_upload_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-login") as server, begin_upload(server):
        wait_for_content(tmp_path)
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
    assert len(contents(tmp_path)) == 1

    with serving(tmp_path, "--no-login") as server:
        answer = httpx2.get(f"{server.url}/v1/files", headers=server.bearer)

        assert answer.json()["data"] == []
        assert contents(tmp_path) == []
