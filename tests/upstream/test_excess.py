"""A backend that says more than anybody can take."""

import asyncio

import pytest

from codex2api.errors import ApiError, Kind
from codex2api.protocol.events import UpstreamEvent
from codex2api.upstream.client import CodexUpstream
from tests import events
from tests.upstream.calls import CREDENTIAL, asking, said, upstream
from tests.upstream.server import EVENTS, Peer, chunk, scripted

pytestmark = pytest.mark.usefixtures("each_adapter")

HEAD = EVENTS + b"\r\n"


async def test_an_answer_without_an_end_is_given_up() -> None:
    async def endless(peer: Peer) -> None:
        await peer.send(HEAD, chunk(events.sse([events.created()])))
        for _ in range(1000):  # a connection that is closed under it ends the script, too
            await peer.send(chunk(events.sse([events.text("more ")] * 100)))

    heard: list[UpstreamEvent] = []

    async def listen(client: CodexUpstream) -> None:
        async with client.stream(asking(), CREDENTIAL) as accepted:
            async for batch in accepted.batches:
                heard.extend(batch)

    async with scripted(endless) as server, upstream(server.url, longest=2_000_000) as client:
        with pytest.raises(ApiError) as caught:
            await listen(client)
    error = caught.value

    assert (error.kind, error.message) == (
        Kind.UPSTREAM_UNAVAILABLE,
        "ChatGPT's answer had no end.",
    )
    assert 0 < len(said(heard)) < 100_000


async def test_a_slow_reader_holds_the_backend_back() -> None:
    sent = 0

    async def floods(peer: Peer) -> None:
        nonlocal sent
        await peer.send(HEAD)
        filler = chunk(events.sse([events.text("x" * 65536)]))
        while True:
            await peer.send(filler)
            sent += len(filler)

    async with scripted(floods) as server, upstream(server.url) as client:
        async with client.stream(asking(), CREDENTIAL) as accepted:
            await anext(accepted.batches)
            before = -1
            while before != sent:  # until the server can write no more
                before = sent
                await asyncio.sleep(0.2)
        assert sent < 50_000_000
