"""Responses as bytes: every cutting gives the same answer, and excess is refused."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from codex2api.upstream.transport import NotHttpError
from codex2api.upstream.wire.message import Message

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = (
    OK + b"Content-Type: text/event-stream\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n7;name=value\r\n, world\r\n0\r\nX-Trailer: 1\r\n\r\n"
)
SIZED = OK + b"Content-Length: 12\r\n\r\nhello, world"
ENDLESS = OK + b"Content-Type: text/plain\r\n\r\nhello, world"
HINTS = (
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\nSet-Cookie: c=3\r\n\r\n"
)


def fed(pieces: Iterable[bytes]) -> tuple[Message, bytes]:
    message = Message()
    body = b""
    for piece in pieces:
        message.feed(piece)
        body += message.take()
    return message, body


def seen(pieces: Iterable[bytes]) -> tuple[object, ...]:
    message, body = fed(pieces)
    return (message.status, message.headers, message.cookies, message.begun, message.complete,
            message.reusable, body)  # fmt: skip


@pytest.mark.parametrize("before", [b"", HINTS], ids=["plain", "interim"])
@pytest.mark.parametrize("response", [CHUNKED, SIZED, ENDLESS], ids=["chunked", "sized", "endless"])
def test_split_at_every_byte(before: bytes, response: bytes) -> None:
    data = before + response
    whole = seen([data])

    assert whole[-1] == b"hello, world"
    assert whole[3:6] == (True, response is not ENDLESS, response is not ENDLESS)
    assert seen(data[at : at + 1] for at in range(len(data))) == whole
    for at in range(len(data)):
        assert seen([data[:at], data[at:]]) == whole


@given(st.data())
def test_any_cutting(data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(CHUNKED)), max_size=6)))
    edges = [0, *cuts, len(CHUNKED)]

    pieces = [CHUNKED[a:b] for a, b in pairwise(edges) if a < b]

    assert seen(pieces) == seen([CHUNKED])


def test_names_are_lower_case_and_the_last_of_repeated_ones_counts() -> None:
    message, _ = fed([CHUNKED])

    assert message.headers == {
        "content-type": "text/event-stream",
        "set-cookie": "b=2",
        "transfer-encoding": "chunked",
    }
    assert message.cookies == ["a=1", "b=2"]


def test_an_interim_answer_leaves_nothing_behind() -> None:
    message, _ = fed([HINTS])
    assert not message.begun

    message.feed(SIZED)
    assert (message.status, message.cookies) == (200, [])
    assert "link" not in message.headers


@pytest.mark.parametrize(
    "excess", [b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"\0" * 9]
)
@pytest.mark.parametrize("response", [CHUNKED, SIZED])
def test_bytes_after_the_end_spoil_the_connection_not_the_answer(
    response: bytes, excess: bytes
) -> None:
    message, body = fed([response + excess])

    assert (message.complete, message.reusable) == (True, False)
    assert (message.status, body) == (200, b"hello, world")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_that_will_be_closed(head: bytes) -> None:
    message, _ = fed([head])

    assert (message.complete, message.reusable) == (True, False)


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body(status: int) -> None:
    message, _ = fed([b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status])

    assert (message.status, message.complete, message.reusable) == (status, True, True)


@pytest.mark.parametrize(
    ("response", "complete"),
    [
        (ENDLESS, True),
        (SIZED[:-1], False),
        (CHUNKED[:-1], False),
        (ENDLESS[:20], False),
        (b"", False),
        (HINTS, False),
    ],
)
def test_the_end_of_the_connection(response: bytes, complete: bool) -> None:
    message, _ = fed([response])
    message.end()

    assert message.complete is complete
    assert not message.reusable


ODD = {
    "no http": b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
    "http 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "another protocol": b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
    "chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    "huge chunk size": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "negative length": OK + b"Content-Length: -1\r\n\r\n",
    "length and chunks": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
    "nul in a header": OK + b"a: b\0c\r\n\r\n",
    "folded header": OK + b"a: b\r\n c\r\n\r\n",
    "long line": OK + b"a: " + b"y" * 70_000 + b"\r\n\r\n",
    "many lines": OK + b"a: b\r\n" * 257 + b"\r\n",
    "large head": OK + b"a: %b\r\n" % (b"y" * 60_000) * 5 + b"\r\n",
    "many trailers": CHUNKED[:-2] + b"a: b\r\n" * 257 + b"\r\n",
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
@pytest.mark.parametrize("size", [1000, 10**9], ids=["cut", "whole"])
def test_what_is_no_proper_response(data: bytes, size: int) -> None:
    with pytest.raises(NotHttpError):
        fed(data[at : at + size] for at in range(0, len(data), size))


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"HTTP/1.1 200 ", b"O" * 65536),
        (OK + b"a: ", b"y" * 65536),
        (CHUNKED[:-2] + b"a: ", b"y" * 65536),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"y" * 65536),
        (b"", b"HTTP/1.1 103 X\r\n\r\n" * 1000),
    ],
    ids=["reason", "header", "trailer", "extension", "interim answers"],
)
def test_what_never_gets_to_the_point(start: bytes, more: bytes) -> None:
    with pytest.raises(NotHttpError):
        fed([start, *[more] * 100])


def test_a_long_stream_is_not_overhead() -> None:
    message = Message()
    message.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(20_000):
        message.feed(b"1\r\n")
        message.feed(b"x\r\n")
        message.feed(b"14\r\n" + b"y" * 20 + b"\r\n")
    message.feed(b"0\r\n\r\n")

    assert message.complete
    assert len(message.take()) == 20_000 * 21
