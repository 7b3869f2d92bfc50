"""JSON that nests too deeply is refused wherever it fails, and never a bug of ours."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect

from tests.served import Served

pytestmark = pytest.mark.asyncio(loop_scope="module")

RAW = '"RAW"'
CALL: dict[str, Any] = {"model": "gpt-5.5"}
MESSAGES = [{"role": "user", "content": "hi"}]
FUNCTION = {"name": "f", "parameters": {"type": "object", "properties": "RAW"}}
USE = {"type": "tool_use", "id": "toolu_1", "name": "f"}
BODIES: dict[str, Any] = {
    "/v1/chat/completions": {
        **CALL,
        "messages": MESSAGES,
        "tools": [{"type": "function", "function": FUNCTION}],
    },
    "/v1/messages": {
        **CALL,
        "max_tokens": 9,
        "messages": MESSAGES,
        "tools": [{"name": "f", "strict": True, "input_schema": {"properties": "RAW"}}],
    },
    "/v1/messages/count_tokens": {
        **CALL,
        "messages": [*MESSAGES, {"role": "assistant", "content": [{**USE, "input": {"a": "RAW"}}]}],
    },
    "/v1/responses": {**CALL, "input": "hi", "tools": [{"type": "hammer", "x": "RAW"}]},
    "/v1/responses/compact": {**CALL, "input": MESSAGES, "tools": [{"type": "x", "x": "RAW"}]},
    "/v1/responses/input_tokens": {**CALL, "input": "hi", "tools": [{"type": "x", "x": "RAW"}]},
    "/v1/conversations": {"items": [{"role": "user", "type": "message", "content": "RAW"}]},
    "/auth/login": {"account": "RAW"},
    "/backend-api/codex/responses": {**CALL, "input": [], "tools": ["RAW"]},
}
NESTS: dict[str, Callable[[int], str]] = {
    "arrays": lambda depth: "[" * depth + "]" * depth,
    "objects": lambda depth: '{"a":' * depth + "1" + "}" * depth,
}
DEPTHS = [201, 500, *range(930, 1000, 3), 1001, 5_000, 100_000]


@pytest.mark.parametrize("nest", NESTS)
@pytest.mark.parametrize("path", BODIES)
async def test_no_depth_is_a_bug(client: httpx2.AsyncClient, path: str, nest: str) -> None:
    for depth in DEPTHS:
        body = json.dumps(BODIES[path]).replace(RAW, NESTS[nest](depth))
        answer = await client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code < 500, depth
        assert depth < 1000 or answer.status_code == 400, depth
    assert (await client.get("/v1/models")).status_code == 200


@pytest.mark.parametrize("nest", NESTS)
async def test_nor_on_a_websocket(product: Served, nest: str) -> None:
    url = product.url.replace("http", "ws") + "/v1/responses"
    wish = {"type": "response.create", "store": False, **BODIES["/v1/responses"]}
    async with connect(url, additional_headers=product.bearer, max_size=None) as socket:
        for depth in DEPTHS:
            await socket.send(json.dumps(wish).replace(RAW, NESTS[nest](depth)))
            event = json.loads(await socket.recv())
            while event["type"] not in ("response.completed", "error"):
                event = json.loads(await socket.recv())
            assert event["type"] == "response.completed" or event["status"] == 400, depth
