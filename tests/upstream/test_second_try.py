"""Every call to the backend survives a kept connection that ends as it is used again."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from codex2api.errors import ApiError, Kind
from codex2api.protocol.errand import Errand
from codex2api.protocol.native import NativeRequest
from codex2api.upstream.backend import Backend
from codex2api.upstream.compactor import CodexCompactor
from codex2api.upstream.courier import CodexCourier
from codex2api.upstream.models import LiveModels
from codex2api.upstream.native import NativeFerry
from codex2api.upstream.prepare import Rules
from codex2api.upstream.usage import fetch_usage
from tests.upstream import adapters
from tests.upstream.calls import CREDENTIAL, PAUSES, asking
from tests.upstream.server import Peer, answer
from tests.upstream.wire.peer import Script, Served, served

pytestmark = pytest.mark.usefixtures("each_adapter")

GOOD = answer(200, b'{"models": [{"slug": "gpt-5.5"}], "plan_type": "plus", "rate_limit": {}}')


async def codex_turn(backend: Backend, _models: LiveModels) -> None:
    ferry = NativeFerry(backend, idle_timeout=30)
    turn = NativeRequest("POST", "/codex/responses", {}, b"{}", "gpt-5.5")
    (await ferry.open(turn, CREDENTIAL)).close()


async def compaction(backend: Backend, models: LiveModels) -> None:
    await CodexCompactor(backend, models, rules=Rules(), patience=30).carry(asking(), CREDENTIAL)


async def errand(backend: Backend, _models: LiveModels) -> None:
    image = Errand("/codex/images/generations", "application/json", b"{}")
    await CodexCourier(backend, patience=30).carry(image, CREDENTIAL)


async def model_list(_backend: Backend, models: LiveModels) -> None:
    await models.refreshed(CREDENTIAL)


async def usage(backend: Backend, _models: LiveModels) -> None:
    await fetch_usage(backend, CREDENTIAL)


Call = Callable[[Backend, LiveModels], Awaitable[None]]

each_call = pytest.mark.parametrize("call", [codex_turn, compaction, errand, model_list, usage])


@asynccontextmanager
async def backend_of(script: Script) -> AsyncIterator[tuple[Served, Backend, LiveModels]]:
    async with served(script) as server, adapters.http() as http:
        backend = Backend(http, url=server.url.partition("/where")[0], pauses=PAUSES)
        models = LiveModels(backend)
        try:
            yield server, backend, models
        finally:
            await models.close()


@each_call
@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
async def test_a_kept_connection_that_ends_under_the_next_call(call: Call, reset: bool) -> None:
    answered: set[Peer] = set()

    async def once(peer: Peer) -> None:
        if peer in answered:
            if reset:
                peer.reset()
            raise ConnectionError
        answered.add(peer)
        await peer.send(GOOD)

    async with backend_of(once) as (server, backend, models):
        await usage(backend, models)
        await call(backend, models)
        assert server.counts[0] == 2


# Not those that only read: aiohttp repeats a GET besides, and nobody can tell it not to.
@pytest.mark.parametrize("call", [codex_turn, compaction, errand])
async def test_what_goes_on_failing_is_tried_twice_more(call: Call) -> None:
    async def fails(peer: Peer) -> None:
        raise ConnectionError

    async with backend_of(fails) as (server, backend, models):
        with pytest.raises(ApiError) as caught:
            await call(backend, models)

    assert caught.value.kind is Kind.UPSTREAM_UNAVAILABLE
    assert [n for line, n in Counter(lines_of(server)).items() if line.startswith(b"POST")] == [3]


@each_call
async def test_an_answer_that_says_no_is_the_answer(call: Call) -> None:
    async def no(peer: Peer) -> None:
        await peer.send(answer(503, b"{}"))

    async with backend_of(no) as (server, backend, models):
        with pytest.raises(ApiError):
            await call(backend, models)

    assert set(Counter(lines_of(server)).values()) == {1}


def lines_of(server: Served) -> list[bytes]:
    return [head.partition(b"\r\n")[0] for heads in server.requests for head in heads]
