"""Events onto the wire: chunk sizes, line ends, pauses, stalls, resets."""

import asyncio
import socket
import struct
from collections.abc import Iterable, Iterator

from aiohttp import web

from codex2api.protocol.json import encode as encode_json
from codex2api.protocol.sse import Frame, encode
from codex2api.simulator.scenarios.answers import Break, Close, Delivery, Fault, Stream
from codex2api.simulator.scenarios.faults import AUTHORIZATION
from codex2api.simulator.scenarios.script import Event
from codex2api.simulator.state import STATE

FOREVER = 3600.0
COMMENT_PAUSE = 0.2
WRITE_SIZE = 256 * 1024
SETTLE = 0.05
"""Seconds for what was written to arrive: a reset would throw unread bytes away."""


async def send_stream(
    request: web.Request, stream: Stream, headers: dict[str, str]
) -> web.StreamResponse:
    """Send an answer of status 200 and end the connection as the answer says."""
    delivery = stream.delivery
    if delivery.first:
        await asyncio.sleep(delivery.first)
    if delivery.hints and request.transport is not None:
        request.transport.write(b"HTTP/1.1 103 Early Hints\r\nlink: </simulated>\r\n\r\n")
    response = web.StreamResponse(headers=headers)
    response.content_type = stream.content_type
    await response.prepare(request)
    for pause, data in _writes(stream.events, delivery):
        if pause:
            await asyncio.sleep(pause)
        await _write(request, response, data)
    await _close(request, response, stream)
    return response


async def send_fault(request: web.Request, fault: Fault) -> web.StreamResponse:
    """Answer with a fault, or break the connection."""
    if fault.delay:
        await asyncio.sleep(fault.delay)
    match fault.breaks:
        case Break.HANG:
            await asyncio.sleep(FOREVER)
        case Break.CLOSE:
            _abort(request)
        case Break.RESET:
            _reset(request)
    bearer = request.headers.get("Authorization", "")
    return web.Response(
        status=fault.status,
        body=fault.body.replace(AUTHORIZATION.encode(), bearer.encode()),
        headers=fault.headers,
        content_type=fault.content_type,
    )


def _writes(events: list[Event], delivery: Delivery) -> Iterator[tuple[float, bytes]]:
    """Pauses and the bytes that follow them."""
    head = (b"\xef\xbb\xbf" if delivery.bom else b"") + delivery.head
    if not delivery.delay:
        data = head + _encoded_whole(events, delivery)
        if delivery.open_end:
            data = data.rstrip(b"\r\n")
        for piece in _cut(data + delivery.tail, delivery.chunk or WRITE_SIZE):
            yield 0.0, piece
        return
    for event, data in zip(events, _encoded(events, delivery), strict=True):
        pause = delivery.delay if event["type"].endswith(".delta") else 0.0
        for piece in _cut(head + data, delivery.chunk or WRITE_SIZE):
            yield pause, piece
            pause = 0.0
        head = b""
    if delivery.tail:
        yield 0.0, delivery.tail


def _encoded_whole(events: list[Event], delivery: Delivery) -> bytes:
    if _plain(delivery):
        return encode(Frame(event, event["type"]) for event in events)
    return b"".join(_encoded(events, delivery))


def _encoded(events: list[Event], delivery: Delivery) -> Iterator[bytes]:
    plain = _plain(delivery)
    for event in events:
        if plain:
            yield encode((Frame(event, event["type"]),))
        else:
            yield _dressed(event, delivery)


def _plain(delivery: Delivery) -> bool:
    return not (delivery.crlf or delivery.comments or delivery.multiline or delivery.unnamed)


def _dressed(event: Event, delivery: Delivery) -> bytes:
    lines: list[bytes] = [b": simulated comment", b""] if delivery.comments else []
    if not delivery.unnamed:
        lines.append(b"event: " + event["type"].encode())
    pieces = _split_json(event) if delivery.multiline else (encode_json(event),)
    lines += [b"data: " + piece for piece in pieces]
    end = b"\r\n" if delivery.crlf else b"\n"
    return end.join([*lines, b"", b""])


def _split_json(event: Event) -> Iterable[bytes]:
    """The outer object, one member a line."""
    members = [encode_json(key) + b":" + encode_json(value) for key, value in event.items()]
    return (b"{", *(member + b"," for member in members[:-1]), members[-1], b"}")


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def _write(request: web.Request, response: web.StreamResponse, data: bytes) -> None:
    await response.write(data)
    request.app[STATE].streams.bytes_sent += len(data)


async def _close(request: web.Request, response: web.StreamResponse, stream: Stream) -> None:
    match stream.delivery.close:
        case Close.CLEAN:
            await response.write_eof()
        case Close.CUT | Close.BROKEN_CHUNK as close:
            _abort(request, last_words=_BAD_CHUNKS[close])
        case Close.RESET:
            await asyncio.sleep(SETTLE)
            _reset(request)
        case Close.STALL | Close.HOLD:
            await asyncio.sleep(FOREVER)
        case Close.STALL_COMMENTS:
            await _comment(response)
        case Close.ENDLESS:
            await _repeat(request, response, stream)


# A chunk that promises 255 bytes and keeps three of them; a chunk size that is no number.
_BAD_CHUNKS = {Close.CUT: b"ff\r\ncut", Close.BROKEN_CHUNK: b"ZZZ\r\nno number\r\n"}


async def _comment(response: web.StreamResponse) -> None:
    while True:
        await asyncio.sleep(COMMENT_PAUSE)
        await response.write(b": simulated comment\n\n")


async def _repeat(request: web.Request, response: web.StreamResponse, stream: Stream) -> None:
    """Write the last event again and again, many at a time, until the client leaves."""
    burst = _encoded_whole(stream.events[-1:] * 64, stream.delivery)
    while True:
        await _write(request, response, burst)
        await asyncio.sleep(stream.delivery.delay)


def _abort(request: web.Request, last_words: bytes = b"") -> None:
    if request.transport is not None:
        request.transport.write(last_words)
        request.transport.close()


def _reset(request: web.Request) -> None:
    if request.transport is None:
        return
    connection = request.transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
