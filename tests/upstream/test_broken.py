"""Failures below HTTP, in words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from codex2api.errors import ApiError, Kind
from codex2api.upstream.backend import Backend
from codex2api.upstream.broken import PassingError
from tests.upstream import adapters
from tests.upstream.calls import CREDENTIAL
from tests.upstream.server import Peer, answer, scripted

pytestmark = pytest.mark.usefixtures("each_adapter")


async def get(url: str, **options: object) -> ApiError:
    async with adapters.http(**options) as http:  # type: ignore[arg-type]
        with pytest.raises(ApiError) as caught:
            await Backend(http, url=url).get("/wham/usage", CREDENTIAL)
        return caught.value


async def test_a_configured_proxy_that_is_not_there() -> None:
    error = await get("http://nowhere.invalid", proxy="http://user:secret@127.0.0.1:1")

    assert error.kind is Kind.UPSTREAM_UNAVAILABLE
    assert "proxy" in error.message
    assert "secret" not in error.message


async def test_a_configured_proxy_is_used() -> None:
    async with scripted(answer(204, b"")) as proxy, adapters.http(proxy=proxy.url) as http:
        await Backend(http, url="http://nowhere.invalid").get("/wham/usage", CREDENTIAL)

        assert proxy.heard[0].line.startswith("GET http://nowhere.invalid/wham/usage ")


@asynccontextmanager
async def no_tls(reply: bytes) -> AsyncIterator[str]:
    """The https address of a server that answers the first bytes in clear, or not at all."""
    writers = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        await reader.read(1)
        writer.write(reply)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def test_no_tls_on_the_other_side() -> None:
    async with no_tls(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        error = await get(url)

    assert error.kind is Kind.UPSTREAM_UNAVAILABLE
    assert "TLS" in error.message
    assert not isinstance(error, PassingError)


async def test_a_closed_connection_may_be_tried_again() -> None:
    async def closes(peer: Peer) -> None:
        """Says nothing."""

    async with scripted(closes) as server:
        error = await get(server.url)

    assert isinstance(error, PassingError)
    assert "closed the connection" in error.message


async def test_a_connection_that_is_never_made() -> None:
    # A TLS handshake that nobody answers is a connection that takes too long.
    async with no_tls(b"") as url:
        error = await get(url, connect_timeout=0.1)

    assert error.kind is Kind.UPSTREAM_TIMEOUT
