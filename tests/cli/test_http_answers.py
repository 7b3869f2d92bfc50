"""Answers on a connection: their frames, and what ends them."""

import pytest

from codex2api.cli.server.http.connection import Connection
from tests.cli.wire import HEAD, WHOLE, listening


async def test_the_oldest_http_gets_no_chunks() -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(b"GET /streamed HTTP/1.0\r\nHost: localhost\r\n\r\n")
        head, _, body = (await wire.end()).partition(b"\r\n\r\n")

    assert b"transfer-encoding" not in head
    assert b"\r\nconnection: close" in head
    assert body == b"/streamed"


async def test_a_stream_is_chunked_and_the_next_request_follows() -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        for _ in range(2):
            await wire.send(WHOLE % b"streamed")
            assert await wire.chunks() == [b"/", b"streamed"]


async def test_an_answer_to_head_has_no_body_and_the_next_request_follows() -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(b"HEAD /one HTTP/1.1\r\nHost: localhost\r\n\r\n" + WHOLE % b"two")

        assert b"content-length: 4\r\n" in await wire.head()
        assert await wire.answer() == (200, b"/two")


async def test_who_waits_is_told_to_send_the_body() -> None:
    head = HEAD.replace(b"GET", b"POST") % b"read"
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(head + b"expect: 100-continue\r\ncontent-length: 1\r\n\r\n")
        assert await wire.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        await wire.send(b"a")

        assert await wire.answer() == (200, b"/read")


async def test_the_oldest_http_knows_no_waiting() -> None:
    head = b"POST /read HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n"
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(head, b"a")

        assert await wire.answer() == (200, b"/read")


UPGRADES = HEAD.replace(b"GET", b"POST") + (
    b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\n"
)


@pytest.mark.parametrize(
    "pieces",
    [
        [UPGRADES % b"count" + b"content-length: 5\r\n\r\nhello"],
        [UPGRADES % b"count" + b"content-length: 5\r\n\r\n", b"he", b"llo"],
        [UPGRADES % b"count" + b"transfer-encoding: chunked\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"],
        [(UPGRADES % b"count").replace(b"h2c", b"websocket") + b"content-length: 5\r\n\r\nhello"],
    ],
    ids=["one-piece", "three-pieces", "chunked", "no-websocket"],
)
async def test_an_upgrade_that_we_do_not_make_is_an_ordinary_request(pieces: list[bytes]) -> None:
    """As Java's client asks (RFC 9110 section 7.8): its body counts, and the connection is kept."""
    async with listening(Connection) as dial:
        wire = await dial()
        for _ in range(2):
            await wire.send(*pieces)
            assert await wire.answer() == (200, b"5")
        await wire.send(WHOLE % b"next")
        assert await wire.answer() == (200, b"/next")


async def test_a_tunnel_is_refused_by_the_application_and_closed() -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n")

        assert b"HTTP/1.1 4" in await wire.end()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (b"broken", b"HTTP/1.1 500 Internal Server Error\r\n"),
        (b"broken-later", b"1\r\n/\r\n"),
        (b"silent", b"HTTP/1.1 500 Internal Server Error\r\n"),
        (b"forged", b"HTTP/1.1 500 Internal Server Error\r\n"),
        (b"short", b"content-length: 9\r\n"),
    ],
)
async def test_an_application_that_fails_never_ends_an_answer(path: bytes, said: bytes) -> None:
    async with listening(Connection) as dial:
        wire = await dial()
        await wire.send(WHOLE % path)
        heard = await wire.end()

    assert said in heard
    assert b"0\r\n\r\n" not in heard
    assert b"x-forged" not in heard
