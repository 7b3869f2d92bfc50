"""Paths that were judged by the Host header.

LiteLLM GHSA-4xpc-pv4p-pm3w (CVE-2026-49468) and Starlette CVE-2026-48710: the gate read a URL that
is rebuilt from the Host header, and ``Host: x/#@y`` made it judge another route. Ollama
CVE-2024-28224: a rebound name reaches an open server on loopback.
"""

import pytest

from tests.incidents.raw import said, statuses
from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

REQUEST = b"%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n%s\r\n"
UPGRADE = (
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
HOSTS = [
    *(b"x/#@y", b"localhost/health?", b"localhost/health#", b"/health", b"localhost@evil.example"),
    *(b"evil.example", b"127.0.0.1.evil.example", b"localhost.", b"0.0.0.0", b"[::]", b"", b"a b"),
    *(
        b"evil.example:127.0.0.1",
        b"localhost:3000/health",
        b"localhost\\x",
        b"127.1",
        b"2130706433",
    ),
]
PATHS = [b"/", b"/v1/models", b"/auth/status", b"/health", b"/sign-in/x", b"/v1/chat/completions"]


@pytest.mark.parametrize("host", HOSTS)
async def test_no_host_opens_anything(product: Served, host: bytes) -> None:
    key = b"Authorization: Bearer %s\r\n" % product.key.encode()
    for path in PATHS:
        for more in (b"", key):
            heard = await said(
                product.url, REQUEST % (b"GET", path, host, more + b"Connection: close\r\n")
            )
            assert set(statuses(heard)) <= {400, 401, 404, 421}, (path, heard)
            assert b"Location" not in heard.lower()


@pytest.mark.parametrize("host", HOSTS)
async def test_nor_on_a_websocket(product: Served, host: bytes) -> None:
    key = b"Authorization: Bearer %s\r\n" % product.key.encode()
    heard = await said(product.url, REQUEST % (b"GET", b"/v1/responses", host, UPGRADE + key))

    assert set(statuses(heard)) <= {400, 421}


@pytest.mark.parametrize(
    "target", [b"http://localhost/health", b"http://evil.example/v1/models", b"*", b"//health/x"]
)
async def test_the_target_counts_and_not_what_is_before_its_path(
    product: Served, target: bytes
) -> None:
    heard = await said(
        product.url, REQUEST % (b"GET", target, b"localhost", b"Connection: close\r\n")
    )
    expected = {200} if target.endswith(b"/health") else {400, 401}
    assert set(statuses(heard)) <= expected, heard


TRAVERSALS = [
    *(b"/../data/local.key", b"/v1/../../data/local.key", b"/health/../v1/models", b"/%2e%2e/data"),
    *(b"/health/%2e%2e/v1/models", b"/health/..%2fv1/models", b"/health%00/v1/models", b"/..;/v1"),
    *(b"/health/..\\v1\\models", b"/v1/files/..%2f..%2flocal.key/content", b"/HEALTH", b"/health/"),
    *(b"//health", b"/health;/v1/models", b"/health%20", b"/./health", b"/%68ealth/../v1/models"),
]


@pytest.mark.parametrize("target", TRAVERSALS)
async def test_a_path_is_what_it_says(product: Served, target: bytes) -> None:
    """Row 76: nothing is normalised, so nothing that is open leads to what is not."""
    heard = await said(
        product.url, REQUEST % (b"GET", target, b"localhost", b"Connection: close\r\n")
    )
    assert statuses(heard) in ([401], [400], [404]), heard
    assert product.key.encode() not in heard
