"""Strangers who cost memory or connections, against a server that is a process of its own."""

import gzip
import json
import re
import socket
import sys
import zlib
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
import zstandard

from tests.cli.server_process import PATIENCE, ServerProcess, serving

MEGABYTE = 1 << 20
HEADERS = {"content-type": "application/json"}


def post(server: ServerProcess, body: bytes, **headers: str) -> tuple[int, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(HTTPConnection(server.host, server.port, timeout=PATIENCE)) as connection:
        connection.request("POST", "/v1/responses", body, {**server.bearer, **HEADERS, **named})
        answer = connection.getresponse()
        return answer.status, answer.read()


def peak(server: ServerProcess) -> int:
    """The most memory that the process ever had, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def bomb(coding: str) -> bytes:
    zeros = bytes(MEGABYTE)
    packer = (
        zlib.compressobj(9, wbits=31)
        if coding == "gzip"
        else zstandard.ZstdCompressor().compressobj()
    )
    return b"".join(packer.compress(zeros) for _ in range(768)) + packer.flush()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_bomb_of_768_megabytes_costs_little(tmp_path: Path, coding: str) -> None:
    packed = bomb(coding)
    with serving(tmp_path, "--demo") as server:
        post(server, b"{}")
        before = peak(server)
        statuses = [post(server, packed, content_encoding=coding)[0] for _ in range(5)]
        grown = peak(server) - before

    assert statuses == [413] * 5
    assert grown < 160 * MEGABYTE


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_packed_bodies_are_served(tmp_path: Path, coding: str) -> None:
    body = json.dumps({"model": "gpt-5.5", "input": "hello", "store": False}).encode()
    pack = gzip.compress if coding == "gzip" else zstandard.ZstdCompressor().compress
    with serving(tmp_path, "--demo") as server:
        whole = post(server, pack(body), content_encoding=coding)
        cut = post(server, pack(body)[:-5], content_encoding=coding)
        other = post(server, zlib.compress(body), content_encoding="deflate")

    assert whole[0] == 200
    assert (cut[0], other[0]) == (400, 415)
    assert json.loads(cut[1])["error"]["param"] == "content-encoding"


def test_two_hundred_slow_strangers_disturb_nobody_and_are_cut_off(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo") as server, ExitStack() as crowd:
        strangers = [
            crowd.enter_context(
                socket.create_connection((server.host, server.port), timeout=PATIENCE)
            )
            for _ in range(200)
        ]
        for number, stranger in enumerate(strangers):
            stranger.sendall(b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n"[: number % 46])
        assert post(server, b"{}")[0] == 400
        for stranger in strangers:
            while stranger.recv(1000):
                pass
