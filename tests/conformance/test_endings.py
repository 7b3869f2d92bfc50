"""Every stream has exactly one ending, wherever the backend breaks off and whoever leaves."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.conformance.checks import ask_streamed, ask_whole
from tests.conformance.routes import ROUTES, Route
from tests.served import served

MARK = re.compile(rb"CUT-(\d+)-")
OWN = re.compile(
    r'"(id|item_id|call_id|encrypted_content|signature|tool_use_id)": ?"[^"]*"|CUT-\d+-'
)
"""What is another one in every answer."""
UNCUT = 10_000_000
CUTS = 20
LONGEST = 12_000
"""Bytes; the answers of these scenarios are shorter."""

routes = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)


@dataclass
class BreakingBackend:
    """A way to a backend that breaks off after as many bytes of an answer as the question says."""

    url: str = ""
    port: int = 0

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        backend, to_backend = await asyncio.open_connection("127.0.0.1", self.port)
        left = UNCUT

        async def ask() -> None:
            nonlocal left
            while data := await reader.read(65536):
                if found := MARK.search(data):
                    left = int(found[1])
                to_backend.write(data)
            to_backend.close()  # whoever asked has left: nobody waits for more

        asking = asyncio.create_task(ask())
        with suppress(ConnectionError):
            while data := await backend.read(65536):
                writer.write(data[:left])
                left -= len(data)
                if left <= 0:
                    break
        asking.cancel()
        to_backend.close()
        writer.close()


@asynccontextmanager
async def breaking() -> AsyncIterator[BreakingBackend]:
    backend = BreakingBackend()
    server = await asyncio.start_server(backend.pass_on, "127.0.0.1", 0)
    backend.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/backend-api"
    try:
        yield backend
    finally:
        server.close()


@pytest.mark.parametrize("scenario", ["reasoning", "parallel_tools", "web_search"])
@routes
async def test_a_backend_that_breaks_off_anywhere(
    tmp_path: Path, route: Route, scenario: str
) -> None:
    chance = random.Random(f"{route.path} {scenario}")
    cuts = [0, *(chance.randrange(LONGEST) for _ in range(CUTS)), UNCUT]
    async with (
        breaking() as backend,
        served(tmp_path, **{"backend.url": backend.url}) as product,
        httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client,
    ):
        backend.port = int(product.simulator.url.rpartition(":")[2])

        async def ask(cut: int) -> tuple[int, str, bool]:
            [_, body, *_] = route.bodies(f"SCENARIO:{scenario} CUT-{cut:08}- go")
            whole, streamed = await asyncio.gather(
                ask_whole(client, route, body), ask_streamed(client, route, body)
            )
            return whole.status_code, told(whole), streamed.good

        *broken, good = await asyncio.gather(*map(ask, cuts))

    assert good == (200, good[1], True)
    assert {status for status, _, _ in broken} <= {200, 502}
    assert {answer for status, answer, _ in broken if status == 200} <= {good[1]}
    assert sum(status == 502 for status, _, _ in broken) > 0


def told(answer: httpx2.Response) -> str:
    """The answer without what is another one each time."""
    body = answer.json()
    return OWN.sub("", json.dumps(body.get("choices") or body.get("output") or body.get("content")))


@routes
async def test_callers_who_leave_anywhere(tmp_path: Path, route: Route) -> None:
    chance = random.Random(route.path)
    body = route.ask("SIM:n=400:d=2 go") | {"stream": True}
    async with (
        served(tmp_path) as product,
        httpx2.AsyncClient(base_url=product.v1, headers=product.bearer) as client,
    ):

        async def leave(after: int) -> None:
            async with client.stream("POST", route.path, json=body) as answer:
                async for data in answer.aiter_raw():
                    after -= len(data)
                    if after <= 0:
                        return

        await asyncio.gather(*(leave(chance.randrange(LONGEST)) for _ in range(CUTS)))
        running = product.simulator.state.streams
        for _ in range(500):
            if running.running == 0:
                break
            await asyncio.sleep(0.01)
        assert running.running == 0
        whole = await ask_whole(client, route, route.ask("hello"))

    assert whole.status_code == 200
