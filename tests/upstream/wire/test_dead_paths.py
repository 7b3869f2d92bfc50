"""A path that died without a word, and what only looks like one."""

import asyncio
import socket
import sys

import pytest

from codex2api.upstream.aiohttp_session import build_session
from codex2api.upstream.transport import Connections, DisconnectedError
from tests.upstream.server import Peer
from tests.upstream.wire.peer import SIZED, body_of, got, head_of, listening, sends, served, wired

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of packets")

UNHEARD = 0.3

HALF = SIZED[:-1]


@linux_only
async def test_a_kept_connection_whose_path_has_died_ends_the_others_too() -> None:
    async def once(peer: Peer) -> None:
        peer.vanish()
        await peer.send(SIZED)

    async with served(once) as server, wired(connect_timeout=UNHEARD) as wire:
        await asyncio.gather(*(got(wire, server.url) for _ in range(3)))
        with pytest.raises(DisconnectedError):
            await wire.request("GET", server.url, {})
        assert await got(wire, server.url) == b"hello"
        assert wire.connections == Connections(busy=0, idle=1, dialled=4)


async def test_an_answer_may_take_longer_than_the_path_may_be_silent() -> None:
    async def slow(peer: Peer) -> None:
        await asyncio.sleep(4 * UNHEARD)
        await peer.send(SIZED)

    async with served(slow) as server, wired(connect_timeout=UNHEARD) as wire:
        assert [await got(wire, server.url) for _ in range(2)] == [b"hello"] * 2

    assert server.counts == [2]


async def test_a_large_request_may_be_taken_slowly() -> None:
    body = bytes(16 * 2**20)

    async def slow(peer: Peer) -> None:
        await head_of(peer)
        await asyncio.sleep(4 * UNHEARD)
        await peer._reader.readexactly(len(body))
        await peer.send(SIZED)

    async with listening(slow) as port, wired(connect_timeout=UNHEARD) as wire:
        url = f"http://localhost:{port}/"
        assert await body_of(await wire.request("POST", url, {}, body)) == b"hello"


async def test_patience_is_kept_to_when_something_is_acknowledged() -> None:
    async with served(Peer.gone) as server, wired(connect_timeout=UNHEARD) as wire:
        with pytest.raises(TimeoutError):
            await wire.request("GET", server.url, {}, patience=2.5 * UNHEARD)


async def test_a_quiet_connection_is_probed() -> None:
    async with served(sends(HALF)) as server, wired() as wire:
        response = await wire.request("GET", server.url, {})
        assert response._connection is not None
        assert is_probed(response._connection._socket)


async def test_a_quiet_connection_of_the_other_adapter_is_probed() -> None:
    async with (
        served(sends(HALF)) as server,
        build_session(connect_timeout=10, keep_idle=60, proxy=None) as session,
    ):
        response = await session.get(server.url)
        assert response.connection is not None
        assert response.connection.transport is not None
        assert is_probed(response.connection.transport.get_extra_info("socket"))
        response.close()


def is_probed(sock: socket.socket) -> bool:
    names = (socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    alive = sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    return alive != 0 and [sock.getsockopt(socket.IPPROTO_TCP, each) for each in names] == [5, 3]
