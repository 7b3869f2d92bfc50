"""Requests recorded from real clients, replayed whole: each gets a valid answer."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from anthropic.types import Message
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response

from codex2api.simulator.options import SimulatorOptions
from tests.served import SHARED, Served, served

CAPTURES = SHARED / "captures"
PATTERNS = ("client-*-[cmr]*.json", "codex-apikey-http-*.json")
ROUTES = ("/v1/chat/completions", "/v1/completions", "/v1/messages", "/v1/responses")


def recorded() -> list[Any]:
    found = []
    for path in sorted(file for pattern in PATTERNS for file in CAPTURES.glob(pattern)):
        exchanges = json.loads(path.read_text())["exchanges"]
        for number, exchange in enumerate(exchanges):
            if exchange["method"] == "POST" and exchange["path"] in ROUTES:
                name = f"{path.stem}-{number}"
                found.append(pytest.param(exchange["path"], exchange["body"], id=name))
    reason = "the recorded requests are not part of this checkout"
    return found or [pytest.param("", None, marks=pytest.mark.skip(reason=reason))]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    options = SimulatorOptions(any_redirect_port=True, all_models=True)
    async with served(tmp_path_factory.mktemp("home"), options) as running:
        yield running


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("path", "body"), recorded())
async def test_a_recorded_request(product: Served, path: str, body: dict[str, Any]) -> None:
    async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client:
        response = await client.post(path, json=body)
    assert response.status_code == 200, response.text
    if body.get("stream"):
        check_stream(path, response.text)
    elif path == "/v1/completions":
        legacy = Completion.model_validate_json(response.text)
        assert legacy.choices[0].finish_reason in ("stop", "length")
    elif path == "/v1/messages":
        message = Message.model_validate_json(response.text)
        assert message.stop_reason in ("end_turn", "tool_use")
    elif path == "/v1/responses":
        reply = Response.model_validate_json(response.text, strict=False)
        assert reply.status == "completed"
        assert reply.output
    else:
        completion = ChatCompletion.model_validate_json(response.text)
        assert completion.choices[0].finish_reason in ("stop", "tool_calls")


def check_stream(path: str, text: str) -> None:
    payloads = [
        line.removeprefix("data: ") for line in text.split("\n") if line.startswith("data: ")
    ]
    if path == "/v1/responses":
        events = [json.loads(payload) for payload in payloads]
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        assert events[0]["type"] == "response.created"
        assert events[-1]["type"] == "response.completed"
        assert Response.model_validate(events[-1]["response"]).output
    elif path == "/v1/messages":
        events = [json.loads(payload) for payload in payloads]
        assert events[0]["type"] == "message_start"
        assert events[-1]["type"] == "message_stop"
        assert events[-2]["delta"]["stop_reason"] in ("end_turn", "tool_use")
    else:
        *chunks, done = payloads
        assert done == "[DONE]"
        parsed = [ChatCompletionChunk.model_validate_json(chunk) for chunk in chunks]
        endings = [c.finish_reason for chunk in parsed for c in chunk.choices if c.finish_reason]
        assert endings in (["stop"], ["tool_calls"])
