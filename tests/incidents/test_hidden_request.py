"""A second request hidden in the body of a first (reliability notes, C 18 and row 78).

A uvicorn that had fallen back to its pure-Python parser executed the request behind a
Content-Length plus Transfer-Encoding. Ours has no such fallback.
"""

import subprocess
import sys

import pytest

from codex2api.cli.server.http.connection import Connection
from codex2api.cli.server.listening import config_of
from codex2api.settings.schema import ServerSettings
from tests.incidents.raw import said, statuses
from tests.served import Served

HIDDEN = (
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
)
ASK = b'{"model":"gpt-5.5","messages":[{"role":"user","content":"the hidden one"}]}'
HEAD = b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"

SMUGGLES = {
    "length and chunks": (b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", b"0\r\n\r\n"),
    "chunks and length": (b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n", b"0\r\n\r\n"),
    "two lengths": (b"Content-Length: 0\r\nContent-Length: 9\r\n\r\n", b""),
    "a list of lengths": (b"Content-Length: 0, 9\r\n\r\n", b""),
    "a signed length": (b"Content-Length: +0\r\n\r\n", b""),
    "a negative length": (b"Content-Length: -1\r\n\r\n", b""),
    "a length in hex": (b"Content-Length: 0x0\r\n\r\n", b""),
    "a folded header": (b"X-A: 1\r\n Content-Length: 0\r\nContent-Length:\r\n 0\r\n\r\n", b""),
    "a space before the colon": (b"Content-Length : 0\r\n\r\n", b""),
    "two codings": (b"Transfer-Encoding: chunked, identity\r\n\r\n", b"0\r\n\r\n"),
    "an unknown coding": (b"Transfer-Encoding: xchunked\r\n\r\n", b"0\r\n\r\n"),
    "a signed chunk": (b"Transfer-Encoding: chunked\r\n\r\n", b"+0\r\n\r\n"),
    "a chunk in 0x": (b"Transfer-Encoding: chunked\r\n\r\n", b"0x0\r\n\r\n"),
    "a chunk that is too short": (b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nab\r\n0\r\n\r\n"),
    "a bare line feed": (b"Transfer-Encoding: chunked\r\n\r\n", b"0\n\n"),
    "a NUL in a header": (b"X-A: a\0b\r\nContent-Length: 0\r\n\r\n", b""),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", SMUGGLES)
async def test_no_hidden_request_runs(product: Served, name: str) -> None:
    product.simulator.state.reset()
    head, body = SMUGGLES[name]
    hidden = HIDDEN % (product.key.encode(), len(ASK), ASK)

    heard = await said(product.url, HEAD + head + body + hidden)

    assert product.simulator.requests("/responses", "POST") == []
    assert statuses(heard)[-1:] == [400], heard
    assert b'"error":' in heard


@pytest.mark.asyncio(loop_scope="module")
async def test_a_proper_second_request_does_run(product: Served) -> None:
    """Or the test above would prove nothing."""
    product.simulator.state.reset()
    hidden = HIDDEN % (product.key.encode(), len(ASK), ASK)

    heard = await said(product.url, HEAD + b"Content-Length: 0\r\n\r\n", hidden)

    assert statuses(heard) == [405, 200]
    assert len(product.simulator.requests("/responses", "POST")) == 1


def test_the_parser_is_chosen_and_not_found() -> None:
    assert config_of(None, ServerSettings()).http is Connection


def test_without_it_nothing_starts() -> None:
    code = (
        "import sys; sys.modules['httptools'] = None\n"
        "from codex2api.cli import main\n"
        "main(['serve', '--port', '0'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "httptools is missing" in done.stderr
    assert "Traceback" not in done.stderr
