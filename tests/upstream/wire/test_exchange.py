"""What goes out, what comes in, and every way it can break."""

import asyncio
import socket
import time
from collections.abc import Sequence

import pytest

from codex2api.upstream.transport import DisconnectedError, DnsError, NotHttpError, RefusedError
from tests.upstream.server import Peer, scripted
from tests.upstream.wire.peer import SIZED, body_of, got, head_of, listening, sends, served, wired

HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def test_the_request_as_it_is_sent() -> None:
    async with served(sends(SIZED)) as server, wired() as wire:
        await body_of(await wire.request("POST", server.url, {"X-One": "1", "Two": "ü"}, b"{}"))
        await body_of(await wire.request("GET", server.url, {}))

    host = server.url.split("/")[2].encode()
    same = b" /where?a=b%20c HTTP/1.1\r\nHost: " + host + b"\r\nAccept-Encoding: identity\r\n"
    assert server.requests == [
        [
            b"POST" + same + "X-One: 1\r\nTwo: ü\r\nContent-Length: 2\r\n\r\n{}".encode(),
            b"GET" + same + b"\r\n",
        ]
    ]


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b"])
async def test_a_header_of_more_than_one_line(value: str) -> None:
    async with served(sends(SIZED)) as server, wired() as wire:
        with pytest.raises(ValueError, match="header"):
            await wire.request("GET", server.url, {"X-One": value})
        with pytest.raises(ValueError, match="header"):
            await wire.request("GET", server.url, {value: "1"})

    assert server.requests == []


@pytest.mark.parametrize("url", ["ftp://a/", "http:///x", "/x", "http://user:secret@a/"])
async def test_an_address_that_cannot_be_called(url: str) -> None:
    async with wired() as wire:
        with pytest.raises(ValueError, match="address") as caught:
            await wire.request("GET", url, {})

    assert "secret" not in str(caught.value)


async def test_many_addresses() -> None:
    async with served(sends(SIZED)) as server, wired() as wire:
        for number in range(150):
            assert await got(wire, f"{server.url}&n={number} \r\nä") == b"hello"

    assert server.requests[0][149].startswith(b"GET /where?a=b%20c&n=149%20%C3%A4 HTTP/1.1\r\n")
    assert server.counts == [150]


async def test_a_body_until_the_end_of_the_connection() -> None:
    async def script(peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nhello")
        raise ConnectionError

    async with served(script) as server, wired() as wire:
        assert await got(wire, server.url) == b"hello"
        assert await got(wire, server.url) == b"hello"

    assert server.counts == [1, 1]


async def test_all_that_is_at_hand_comes_in_one_read() -> None:
    chunks = b"".join(b"3\r\nabc\r\n" for _ in range(1000))
    async with served(sends(HEAD + chunks + b"0\r\n\r\n")) as server, wired() as wire:
        response = await wire.request("GET", server.url, {})
        await asyncio.sleep(0.05)
        assert len(await response.read()) == 3000
        assert await response.read() == b""
        response.close()
        with pytest.raises(ValueError, match="close"):
            await response.read()


async def test_the_first_bytes_do_not_wait_for_the_rest() -> None:
    go_on = asyncio.Event()

    async def paced(peer: Peer) -> None:
        await peer.send(HEAD)
        for _ in range(3):
            await peer.send(b"1\r\na\r\n")
            await go_on.wait()
            go_on.clear()
        await peer.send(b"0\r\n\r\n")

    async with served(paced) as server, wired() as wire:
        response = await wire.request("GET", server.url, {})
        for _ in range(3):
            assert await response.read() == b"a"
            go_on.set()
        assert await response.read() == b""
        response.close()


@pytest.mark.parametrize("before", [b"", b"HTTP/1.1 200", HEAD[:-2], b"HTTP/1.1 100 Go\r\n\r\n"])
@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
async def test_closed_before_the_head_was_there(before: bytes, reset: bool) -> None:
    async def closes(peer: Peer) -> None:
        await peer.send(before)
        if reset:
            peer.reset()
        raise ConnectionError

    async with served(closes) as server, wired() as wire:
        with pytest.raises(DisconnectedError):
            await wire.request("POST", server.url, {}, b"{}")

    assert server.counts == [1]


async def test_closed_before_the_request_was_sent() -> None:
    async with listening(sends()) as port, wired() as wire, asyncio.timeout(10):
        for _ in range(20):
            with pytest.raises(DisconnectedError):
                await wire.request("GET", f"http://127.0.0.1:{port}/", {})


@pytest.mark.parametrize(
    ("tail", "error"),
    [
        (b"5\r\nda", DisconnectedError),
        (b"", DisconnectedError),
        (b"0\r\n", DisconnectedError),
        (b"ZZZ\r\nnonsense", NotHttpError),
        (b"5\r\nabcdefgh", NotHttpError),
    ],
    ids=["cut chunk", "no last chunk", "no last line", "bad size", "bad end of chunk"],
)
async def test_what_had_arrived_comes_before_the_failure(
    tail: bytes, error: type[Exception]
) -> None:
    async def breaks(peer: Peer) -> None:
        await peer.send(HEAD + b"5\r\nhello\r\n" + tail)
        raise ConnectionError

    async with served(breaks) as server, wired() as wire:
        response = await wire.request("GET", server.url, {})
        await asyncio.sleep(0.1)
        assert (await response.read()).startswith(b"hello")
        for _ in range(2):
            with pytest.raises(error):
                await response.read()
        response.close()


@pytest.mark.parametrize("head", [HEAD, b"HTTP/1.1 200 OK\r\n\r\n"], ids=["chunked", "until close"])
async def test_a_reset_is_no_end(head: bytes) -> None:
    async def resets(peer: Peer) -> None:
        await peer.send(head)
        await asyncio.sleep(0.1)
        peer.reset()
        raise ConnectionError

    async with served(resets) as server, wired() as wire:
        response = await wire.request("GET", server.url, {})
        with pytest.raises(DisconnectedError):
            await response.read()
        response.close()


@pytest.mark.parametrize(("count", "size"), [(300, 8000), (2, 1_000_000), (257, 1)])
async def test_headers_beyond_reason(count: int, size: int) -> None:
    lines = b"".join(b"x-%d: %b\r\n" % (number, b"y" * size) for number in range(count))
    async with served(sends(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n")) as server, wired() as wire:
        with pytest.raises(NotHttpError):
            await wire.request("GET", server.url, {})


async def test_a_slow_reader_holds_the_other_side_back() -> None:
    size = 32 * 1024 * 1024
    sent = 0

    async def floods(peer: Peer) -> None:
        nonlocal sent
        sent = 0
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while sent < size:
            await peer.send(b"x" * 65536)
            sent += 65536

    async with served(floods) as server, wired() as wire:
        response = await wire.request("GET", server.url, {})
        before = -1
        while before != sent:  # until the server can write no more
            before = sent
            await asyncio.sleep(0.2)
        assert sent < size
        first = await response.read()
        assert len(first) <= 2 * 256 * 1024
        rest = await body_of(response)
        assert len(first) + len(rest) == size
        assert await got(wire, server.url) == rest + first

    assert server.counts == [2]


async def test_a_large_request_and_an_answer_that_comes_before_its_end() -> None:
    body = b"x" * 20_000_000
    async with served(sends(SIZED)) as server, wired() as wire:
        assert await body_of(await wire.request("POST", server.url, {}, body)) == b"hello"
        assert server.requests[0][0].endswith(b"\r\n\r\n" + body)

    async def hasty(peer: Peer) -> None:
        await head_of(peer)
        await peer.send(SIZED)
        await asyncio.sleep(0.1)

    async with listening(hasty) as port, wired() as wire:
        for _ in range(2):  # the half-sent request must not stand before the second one
            response = await wire.request("POST", f"http://127.0.0.1:{port}/", {}, body)
            assert await body_of(response) == b"hello"


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with wired() as wire:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(RefusedError):
                await wire.request("GET", f"http://{host}:{port}/", {})


@pytest.mark.parametrize("host", ["nowhere.invalid", f"{'a' * 64}.example"])
async def test_no_such_host(host: str) -> None:
    async with wired() as wire:
        with pytest.raises((DnsError, ValueError)):
            await wire.request("GET", f"http://{host}/", {})


class Told:
    """Cookies that repeat the first of the lines which they were told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.urls: set[str] = set()

    def take(self, lines: Sequence[str], url: str) -> None:
        self.lines += lines
        self.urls.add(url)

    def header(self, url: str) -> str:
        return self.lines[0] if url in self.urls else ""


async def test_cookies_are_the_jars_business() -> None:
    answer = SIZED.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2; Secure\r\n\r\n")
    told = Told()
    async with served(sends(answer)) as server, wired(cookies=told) as wire:
        for _ in range(3):
            await got(wire, server.url)

    first, *others = server.requests[0]
    assert told.lines == ["a=1", "b=2; Secure"] * 3
    assert b"Cookie" not in first
    assert [b"\r\nCookie: a=1\r\n" in request for request in others] == [True, True]


async def test_it_is_a_transport_for_the_scripted_backend_too() -> None:
    async with scripted(SIZED) as server, wired() as wire:
        response = await wire.request("POST", f"{server.url}/codex/responses", {}, b"{}")
        assert await body_of(response) == b"hello"
        assert server.calls[0].json() == {}


async def test_an_answer_that_comes_with_the_end_of_patience_has_come() -> None:
    """Our own loop was held up: the head and the timer are due in the same round of it."""

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            time.sleep(0.15)
            connection.sendall(SIZED[:-5])
            time.sleep(0.5)
            connection.sendall(SIZED[-5:])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = asyncio.create_task(asyncio.to_thread(serve, listener))
        async with wired() as wire:
            asyncio.get_running_loop().call_later(0.1, time.sleep, 0.3)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            response = await wire.request("GET", url, {}, patience=0.2)
            assert await body_of(response) == b"hello"
        await server
