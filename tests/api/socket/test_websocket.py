"""The borders of a WebSocket connection, over fakes; real ones are in ``tests/whole``."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec import Raw
from starlette.types import Message
from tests.events import completed, created, message
from tests.fakes import NOW, MemoryStore, ScriptedUpstream, relay

from codex2api.api.endpoint import DialectEndpoint
from codex2api.api.endpoint_options import EndpointOptions
from codex2api.api.exchange import begin
from codex2api.api.socket.turns import Turn, Turns, go_on, own_items
from codex2api.api.socket.websocket import DRAIN, ResponsesSocket, SocketLimits
from codex2api.api.understanding import Understanding
from codex2api.dialects.responses import RESPONSES
from codex2api.protocol.json import decode

CREATE = '{"type": "response.create", "model": "gpt-5.5", "store": false, "input": "hi"}'
ANSWER = [created(), *message("Hel", "lo"), completed()]


class Peer:
    """The other end of a connection; ``gone`` after so many messages were sent to it."""

    def __init__(self, gone_after: int = 1_000) -> None:
        self.coming: asyncio.Queue[Message] = asyncio.Queue()
        self.seen: list[Any] = []
        self.left = gone_after
        self.news = asyncio.Event()

    async def send(self, message: Message) -> None:
        if not self.left:
            raise OSError
        self.left -= 1
        self.seen.append(decode(message["text"]) if "text" in message else message)
        self.news.set()

    async def until(self, done: Callable[[Any], bool]) -> None:
        async with asyncio.timeout(10):
            while not any(map(done, self.seen)):
                self.news.clear()
                await self.news.wait()

    def says(self, text: str) -> None:
        self.coming.put_nowait({"type": "websocket.receive", "text": text})


@asynccontextmanager
async def connected(peer: Peer, *scripts: Any) -> AsyncIterator["asyncio.Task[None]"]:
    upstream = ScriptedUpstream({"access-a": list(scripts)})
    options = EndpointOptions(max_body=2000, keepalive=60, new_id=lambda: "1", now=lambda: NOW)
    understanding = Understanding(RESPONSES, options)
    endpoint = DialectEndpoint(understanding, relay(MemoryStore("a"), upstream), options)
    socket = ResponsesSocket(endpoint, SocketLimits())
    scope: dict[str, Any] = {"type": "websocket", "path": "/v1/responses", "headers": []}
    begin(scope)
    task = asyncio.create_task(socket(scope, peer.coming.get, peer.send))
    try:
        yield task
    finally:
        peer.coming.put_nowait({"type": "websocket.disconnect"})
        await task


def is_kind(kind: str) -> Callable[[Any], bool]:
    return lambda event: event["type"] == kind


def buggy() -> Iterator[Any]:
    yield created()
    raise KeyError("secret")


async def test_a_bug_is_an_error_frame_and_the_connection_stays() -> None:
    peer = Peer()
    async with connected(peer, buggy(), ANSWER):
        peer.says(CREATE)
        await peer.until(is_kind("error"))
        peer.says(CREATE)
        await peer.until(is_kind("response.completed"))

    (error,) = [event for event in peer.seen if event["type"] == "error"]
    assert (error["status"], error["error"]["code"]) == (500, "internal_error")


async def test_a_draining_server_closes_what_is_idle() -> None:
    peer = Peer()
    async with connected(peer) as task:
        peer.coming.put_nowait({"type": DRAIN})
        await task

    assert peer.seen[-1] == {"type": "websocket.close", "code": 1012}


@pytest.mark.parametrize("heard", [1, 2, 5])
async def test_a_peer_that_is_gone_ends_the_connection_quietly(heard: int) -> None:
    peer = Peer(heard)
    async with connected(peer, ANSWER) as task:
        peer.says(CREATE)
        peer.coming.put_nowait({"type": DRAIN})
        await task

    assert len(peer.seen) == heard


def test_only_the_latest_turns_are_remembered() -> None:
    turns = Turns()
    for number in range(9):
        turns.keep(str(number), Turn((Raw(str(number).encode()),)))

    assert turns.find("0") is None
    assert turns.find("1") == Turn((Raw(b"1"),))


def test_a_request_goes_on_from_a_turn() -> None:
    fields = {"input": Raw(b'"hi"'), "previous_response_id": Raw(b'"r"'), "model": Raw(b'"m"')}
    said = b'{"type":"message","role":"user","content":"hi"}'

    assert own_items(fields) == (Raw(said),)
    assert go_on(fields, Turn((Raw(b"{}"),))) == {
        "input": Raw(b"[{}," + said + b"]"),
        "model": Raw(b'"m"'),
    }
    assert go_on(fields, Turn((), Raw(b'"before"')))["previous_response_id"] == Raw(b'"before"')
