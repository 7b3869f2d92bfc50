"""The WebSocket mode of ``/v1/responses``: every frame of every scenario is of the schema, too."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect

from codex2api.errors import STATUS
from tests.conformance.checks import check_payload
from tests.conformance.judges import check_error
from tests.conformance.routes import ROUTES, Body
from tests.conformance.scenarios import ANSWERS, BROKEN
from tests.conformance.test_answers import PATIENCE
from tests.served import Served, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENDINGS = ("response.completed", "response.incomplete", "response.failed", "error")
"""Of a frame; a failure is told once here, not twice as in a stream."""

[RESPONSES] = [route for route in ROUTES if route.path == "/responses"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with served(tmp_path_factory.mktemp("home"), **PATIENCE) as running:
        yield running


@pytest.mark.parametrize("scenario", ANSWERS)
async def test_an_answer(product: Served, scenario: str) -> None:
    good = scenario.partition(":")[0] not in BROKEN
    bodies = RESPONSES.bodies(f"SCENARIO:{scenario} go", bounded=good)
    for frames in await asyncio.gather(*(ask(product, body) for body in bodies)):
        for frame in frames:
            check_frame(frame)
        assert RESPONSES.done(frames[-1]) == good
        assert not any(RESPONSES.done(frame) for frame in frames[:-1])


async def ask(product: Served, body: Body) -> list[Any]:
    """The frames of one answer."""
    url = f"{product.v1.replace('http:', 'ws:')}/responses"
    async with connect(url, additional_headers=product.bearer, max_size=None) as socket:
        await socket.send(json.dumps({"type": "response.create"} | body))
        return await read(socket)


async def read(socket: ClientConnection) -> list[Any]:
    """Frames up to an ending."""
    frames: list[Any] = []
    while not frames or frames[-1]["type"] not in ENDINGS:
        frames.append(json.loads(await socket.recv()))
    return frames


def check_frame(frame: Any) -> None:
    """Fail unless the API sends such a frame; its errors are unlike those of a stream."""
    # What would be headers of an answer over HTTP goes with the first frame (docs/adr/0016).
    told = frame.pop("headers", {})
    assert all(isinstance(text, str) for text in told.values())
    if frame["type"] == "error":
        assert set(frame) == {"type", "status", "error"}
        assert frame["status"] in set(STATUS.values())
        check_error({"error": frame["error"]})
    else:
        check_payload(RESPONSES, frame)
