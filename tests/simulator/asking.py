"""Asks a running simulator over a real connection, as a well-behaved client would."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from multidict import CIMultiDict

from codex2api.protocol.sse import SseDecoder
from codex2api.simulator.options import SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator

LITE = {"X-OpenAI-Internal-Codex-Responses-Lite": "true"}
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
REDIRECT = "http://localhost:1455/auth/callback"


def user(text: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_text", "text": text}, *parts],
    }


def function(name: str, **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "name": name, "parameters": schema}


def call(call_id: str, name: str = "f", arguments: str = "{}", **more: Any) -> dict[str, Any]:
    kind = {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}
    return kind | more


def output(call_id: str, text: Any = "ok", **more: Any) -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": text} | more


def classic(*items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "model": "gpt-5.5",
        "instructions": "",
        "input": list(items) or [user("hi")],
        "store": False,
        "stream": True,
    } | fields


def lite(*items: dict[str, Any], tools: Any = None, **fields: Any) -> dict[str, Any]:
    first = [{"type": "additional_tools", "role": "developer", "tools": tools}] if tools else []
    body = classic(*first, *(items or (user("hi"),)), model="gpt-5.6-terra")
    del body["instructions"]
    settings = {"parallel_tool_calls": False, "reasoning": {"context": "all_turns"}}
    return body | settings | fields


def namespace(*tools: dict[str, Any], name: str = "functions") -> list[dict[str, Any]]:
    return [{"type": "namespace", "name": name, "description": "", "tools": list(tools)}]


@dataclass
class Answered:
    """One answer: a refusal's body, or a stream's events."""

    status: int
    headers: CIMultiDict[str]
    raw: bytes
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def items(self) -> list[dict[str, Any]]:
        return [e["item"] for e in self.events if e["type"] == "response.output_item.done"]

    @property
    def text(self) -> str:
        return "".join(
            part.get("text", "") for item in self.items for part in item.get("content") or ()
        )

    @property
    def deltas(self) -> str:
        kind = "response.output_text.delta"
        return "".join(event["delta"] for event in self.events if event["type"] == kind)

    @property
    def final(self) -> dict[str, Any]:
        return self.events[-1]["response"]


@dataclass
class Client:
    """A signed-in client of one simulator."""

    simulator: RunningSimulator
    http: aiohttp.ClientSession
    label: str = "demo"

    def headers(self) -> dict[str, str]:
        tokens = self.simulator.make_tokens(self.label)
        return {
            "Authorization": f"Bearer {tokens['access_token']}",
            "ChatGPT-Account-ID": tokens["account_id"],
            "originator": "codex2api_tests",
            "User-Agent": "codex2api-tests/1",
        }

    async def ask(self, body: Any, **headers: str) -> Answered:
        url = f"{self.simulator.backend_url}/codex/responses"
        async with self.http.post(url, json=body, headers=self.headers() | headers) as answer:
            raw = await answer.read()
            return read(answer, raw)

    async def ask_raw(self, body: Any) -> bytes:
        url = f"{self.simulator.backend_url}/codex/responses"
        async with self.http.post(url, json=body, headers=self.headers()) as answer:
            return await answer.read()

    async def say(self, text: str, /, **fields: Any) -> Answered:
        return await self.ask(classic(user(text), **fields))

    async def get(self, path: str, **headers: str) -> Answered:
        url = f"{self.simulator.backend_url}{path}"
        async with self.http.get(url, headers=self.headers() | headers) as answer:
            return Answered(answer.status, CIMultiDict(answer.headers), await answer.read())

    async def post(self, path: str, **kwargs: Any) -> Answered:
        async with self.http.post(f"{self.simulator.url}{path}", **kwargs) as answer:
            return Answered(answer.status, CIMultiDict(answer.headers), await answer.read())

    async def refresh(self, refresh_token: str) -> Answered:
        return await self.post(
            "/oauth/token",
            json={
                "grant_type": "refresh_token",
                "client_id": self.simulator.state.options.client_id,
                "refresh_token": refresh_token,
                "refresh_reason": "proactive_expiry",
            },
        )


def read(answer: aiohttp.ClientResponse, raw: bytes) -> Answered:
    found = Answered(answer.status, CIMultiDict(answer.headers), raw)
    if answer.content_type == "text/event-stream":
        decoder = SseDecoder()
        payloads = decoder.feed(raw) + decoder.close()
        found.events = [json.loads(payload) for payload in payloads]
    return found


async def leave_when(condition: Callable[[], Any], request: Coroutine[Any, Any, Any]) -> None:
    """Send ``request``, and drop the connection as soon as ``condition`` holds."""
    task = asyncio.ensure_future(request)
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for lies in another task's hands
            await asyncio.sleep(0.005)
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])


@asynccontextmanager
async def client(**options: Any) -> AsyncIterator[Client]:
    chosen = SimulatorOptions(**options)
    async with running_simulator(chosen) as simulator, aiohttp.ClientSession() as http:
        yield Client(simulator, http)
