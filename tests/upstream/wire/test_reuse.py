"""Which connections carry another request, and which never do."""

import asyncio

import pytest

from codex2api.upstream.transport import Connections, DisconnectedError
from tests.upstream.server import Peer
from tests.upstream.wire.peer import SIZED, Served, body_of, got, sends, served, wired

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"


async def gone(server: Served) -> int:
    async with asyncio.timeout(10):
        return await server.gone.get()


async def test_one_connection_serves_one_after_another() -> None:
    async with served(sends(SIZED)) as server, wired() as wire:
        assert [await got(wire, server.url) for _ in range(5)] == [b"hello"] * 5

    assert server.counts == [5]


async def test_several_at_once_and_the_youngest_is_used_again() -> None:
    async with served(sends(SIZED)) as server, wired() as wire:
        await asyncio.gather(*(got(wire, server.url) for _ in range(4)))
        youngest = await wire.request("GET", server.url, {})
        before = server.counts
        await body_of(youngest)
        for _ in range(3):
            await got(wire, server.url)

    assert len(before) == 4
    assert sorted(before) == [1, 1, 1, 2]
    assert sorted(server.counts) == [1, 1, 1, 5]


async def test_connections_that_went_stale_together_fail_a_caller_once() -> None:
    answered: set[Peer] = set()

    async def once(peer: Peer) -> None:
        if peer in answered:
            raise ConnectionError
        answered.add(peer)
        await peer.send(SIZED)

    async with served(once) as server, wired() as wire:
        await asyncio.gather(*(got(wire, server.url) for _ in range(4)))
        with pytest.raises(DisconnectedError):
            await got(wire, server.url)
        assert await got(wire, server.url) == b"hello"


async def test_after_one_that_fell_silent_the_next_call_gets_a_fresh_connection() -> None:
    answered: set[Peer] = set()

    async def once(peer: Peer) -> None:
        if peer in answered:
            await peer.gone()
        answered.add(peer)
        await peer.send(SIZED)

    async with served(once) as server, wired() as wire:
        await asyncio.gather(*(got(wire, server.url) for _ in range(4)))
        with pytest.raises(TimeoutError):
            await wire.request("GET", server.url, {}, patience=0.1)
        assert await got(wire, server.url) == b"hello"
        assert wire.connections == Connections(busy=0, idle=1, dialled=5)


async def test_a_message_that_arrived_whole_needs_not_be_read() -> None:
    async with served(sends(SIZED)) as server, wired() as wire:
        (await wire.request("GET", server.url, {})).close()
        await got(wire, server.url)

    assert server.counts == [2]


async def test_an_unfinished_message_closes_the_connection_at_once() -> None:
    async with served(sends(CHUNKED)) as server, wired() as wire:
        response = await wire.request("GET", server.url, {})
        assert await response.read() == b"hello"
        response.close()
        response.close()
        assert await gone(server) == 0


@pytest.mark.parametrize(
    "answer",
    [
        SIZED + b"HTTP/1.1 200 OK\r\n",
        SIZED + b"garbage",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
async def test_a_connection_that_is_good_for_one_answer(answer: bytes) -> None:
    async with served(sends(answer)) as server, wired() as wire:
        assert await got(wire, server.url) == b"hello"
        assert await got(wire, server.url) == b"hello"

    assert server.counts == [1, 1]


async def test_a_word_on_an_idle_connection_ends_it() -> None:
    go_on = asyncio.Event()

    async def late(peer: Peer) -> None:
        await peer.send(SIZED)
        await go_on.wait()
        await peer.send(b"HTTP/1.1 408 Request Timeout\r\n\r\n")

    async with served(late) as server, wired() as wire:
        await got(wire, server.url)
        go_on.set()
        assert await gone(server) == 0
        assert await got(wire, server.url) == b"hello"

    assert server.counts == [1, 1]


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
async def test_a_connection_that_was_closed_meanwhile_is_not_used(reset: bool) -> None:
    async def once(peer: Peer) -> None:
        await peer.send(SIZED)
        if reset:
            await asyncio.sleep(0.05)  # a reset overtakes what was sent before it
            peer.reset()
        raise ConnectionError

    async with served(once) as server, wired() as wire:
        for _ in range(3):
            assert await got(wire, server.url) == b"hello"
            await gone(server)
            await asyncio.sleep(0.1)

    assert server.counts == [1, 1, 1]


async def test_a_connection_that_is_closed_under_the_next_request() -> None:
    """Nothing is sent again here: whether it may be is decided above."""
    answers = [SIZED]

    async def once(peer: Peer) -> None:
        if not answers:
            raise ConnectionError
        await peer.send(answers.pop())

    async with served(once) as server, wired() as wire:
        await got(wire, server.url)
        with pytest.raises(DisconnectedError):
            await wire.request("POST", server.url, {}, b"{}")

    assert server.counts == [2]


async def test_idle_connections_are_closed_after_a_while() -> None:
    async with served(sends(SIZED)) as server, wired(keep_idle=0.05) as wire:
        await asyncio.gather(*(got(wire, server.url) for _ in range(3)))
        assert sorted([await gone(server) for _ in range(3)]) == [0, 1, 2]
        await got(wire, server.url)
        assert await gone(server) == 3


async def test_leaving_closes_all_connections() -> None:
    async with served(sends(SIZED[:-1])) as server, wired() as wire:
        half = await wire.request("GET", server.url, {})
        assert await half.read() == b"hell"
        await wire.close()
        assert await gone(server) == 0
        with pytest.raises(DisconnectedError):
            await half.read()


async def test_a_caller_who_leaves_takes_the_connection_along() -> None:
    arrived = asyncio.Event()

    async def silent(peer: Peer) -> None:
        arrived.set()
        await peer.gone()

    async with served(silent) as server, wired() as wire:
        call = asyncio.create_task(wire.request("GET", server.url, {}))
        await arrived.wait()
        call.cancel()
        assert await gone(server) == 0
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_a_reader_who_leaves_takes_the_connection_along() -> None:
    async with served(sends(CHUNKED)) as server, wired() as wire:
        response = await wire.request("GET", server.url, {})
        reading = asyncio.create_task(body_of(response))
        await asyncio.sleep(0.05)
        reading.cancel()
        assert await gone(server) == 0
        assert response.status == 200


async def test_aborting_wakes_the_reader() -> None:
    async with served(sends(CHUNKED)) as server, wired() as wire:
        response = await wire.request("GET", server.url, {})
        reading = asyncio.create_task(body_of(response))
        await asyncio.sleep(0.05)
        response.abort()
        with pytest.raises(DisconnectedError):
            await reading
        response.abort()


async def test_connections_are_counted_as_they_stand() -> None:
    async with served(sends(SIZED)) as server, wired() as wire:
        assert wire.connections == Connections()
        one, other = [await wire.request("GET", server.url, {}) for _ in range(2)]
        assert wire.connections == Connections(busy=2, idle=0, dialled=2)
        await body_of(one)
        assert wire.connections == Connections(busy=1, idle=1, dialled=2)
        await body_of(other)
        await got(wire, server.url)
        assert wire.connections == Connections(busy=0, idle=2, dialled=2)


async def test_an_idle_connection_that_the_other_side_closed_is_counted_nowhere() -> None:
    read = asyncio.Event()

    async def once(peer: Peer) -> None:
        await peer.send(SIZED)
        await read.wait()
        raise ConnectionError

    async with served(once) as server, wired() as wire:
        assert await got(wire, server.url) == b"hello"
        assert wire.connections == Connections(busy=0, idle=1, dialled=1)
        read.set()
        async with asyncio.timeout(10):
            while wire.connections.idle:  # noqa: ASYNC110 (the loop tells nobody)
                await asyncio.sleep(0)
        assert wire.connections == Connections(busy=0, idle=0, dialled=1)
