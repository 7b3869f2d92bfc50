"""``/backend-api/…``: the routes of Codex' own backend, passed on with an account of ours.

The caller shows a client key, as everywhere; who asks the backend is one of our accounts. Bodies
and events pass as they are: parameters, aliases and memory belong to ``/v1``.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from codex2api.api.body import read_body
from codex2api.api.disconnect import CallerWatch
from codex2api.api.errand_options import ErrandOptions
from codex2api.api.errors import error_headers, send_json
from codex2api.api.exchange import Exchange, exchange_of, name_list
from codex2api.api.gate import Terms, terms
from codex2api.api.streaming import RawHeaders
from codex2api.dialects.base import parse_body
from codex2api.passage import Passage
from codex2api.protocol.native import NativeAnswer, NativeRequest, RefusedError
from codex2api.protocol.tail import Tail

PREFIX = "/backend-api"

POSTED = ("/codex/responses", "/codex/responses/compact")

_ASKED = frozenset(
    {
        "accept",
        "conversation_id",
        "if-none-match",
        "openai-beta",
        "session-id",
        "session_id",
        "thread-id",
        "traceparent",
        "tracestate",
        "x-client-request-id",
        "x-openai-internal-codex-responses-lite",
        "x-openai-memgen-request",
        "x-openai-subagent",
    }
)
_IDENTITY = {"originator": "originator", "user-agent": "User-Agent", "version": "version"}
"""As whom Codex speaks; the backend has rules for its own programs."""

_ANSWERED = frozenset(
    {
        "cache-control",
        "content-type",
        "etag",
        "openai-model",
        "x-models-etag",
        "x-oai-request-id",
        "x-reasoning-included",
    }
)
_CODEX = "x-codex-"


class _Body(msgspec.Struct):
    """What has to be known of a body; the rest is not looked at."""

    model: str = ""
    prompt_cache_key: str | None = None
    reasoning: Any = None


@dataclass(frozen=True, slots=True)
class NativeEndpoint:
    """Serves one of the routes, as a plain ASGI callable.

    Attributes:
        path: Below ``PREFIX``.
    """

    path: str
    passage: Passage
    options: ErrandOptions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        exchange = exchange_of(scope)
        request = await self._request(scope, receive)
        exchange.asked_model = exchange.model = request.model or None
        on = terms(exchange, request.model if request.method == "POST" else None)
        try:
            await self._pass_on(request, on, scope, receive, send)
        except RefusedError as refused:
            if exchange.status:
                raise
            exchange.error = refused.code or refused.kind.value
            headers = error_headers(refused)
            await send_json(send, refused.answered, msgspec.Raw(refused.body), headers)

    async def _pass_on(
        self, request: NativeRequest, on: Terms, scope: Scope, receive: Receive, send: Send
    ) -> None:
        exchange = exchange_of(scope)
        passage = self.passage.open(request, account=on.account, permit=on.permit)
        async with CallerWatch(receive), passage as passed:
            exchange.account = passed.account
            answer = passed.answer
            exchange.model = answer.headers.get("openai-model") or exchange.model
            kind = answer.headers.get("content-type", "")
            exchange.streamed = kind.startswith("text/event-stream")
            headers = [
                *name_list(b"x-codex2api-account", (passed.account,)),
                *_told(answer.headers),
            ]
            await send({"type": "http.response.start", "status": answer.status, "headers": headers})
            await _flow(answer, exchange, send)
        await send({"type": "http.response.body", "body": b""})

    async def _request(self, scope: Scope, receive: Receive) -> NativeRequest:
        method, query = scope["method"], scope["query_string"].decode("latin-1")
        path = f"{self.path}?{query}" if query else self.path
        asked = exchange_of(scope).asked
        headers = _headers(asked)
        if method == "GET":
            return NativeRequest(method, path, headers)
        body = await read_body(asked, receive, self.options.max_body)
        known, _ = parse_body(body, _Body)
        if isinstance(known.reasoning, dict) and isinstance(known.reasoning.get("effort"), str):
            exchange_of(scope).effort = known.reasoning["effort"]
        headers["content-type"] = "application/json"
        return NativeRequest(method, path, headers, body, known.model, known.prompt_cache_key)


async def _flow(answer: NativeAnswer, exchange: Exchange, send: Send) -> None:
    """Pass an answer on as it comes; its end tells what it cost, also to who leaves just then."""
    tail = Tail()
    try:
        while data := await answer.read():
            if exchange.first_at is None:
                exchange.first_at = time.perf_counter()
            tail.add(data)
            await send({"type": "http.response.body", "body": data, "more_body": True})
    finally:
        exchange.usage = tail.usage()


def _headers(asked: Mapping[str, str]) -> dict[str, str]:
    """What of a request's headers is passed on."""
    headers = {
        name: value for name, value in asked.items() if name in _ASKED or name.startswith(_CODEX)
    }
    if asked.get("originator", "").lower().startswith("codex"):
        headers |= {ours: asked[name] for name, ours in _IDENTITY.items() if name in asked}
    return headers


def native_routes(passage: Passage, options: ErrandOptions) -> dict[str, NativeEndpoint]:
    """The posted ones, by path."""
    return {f"{PREFIX}{path}": NativeEndpoint(path, passage, options) for path in POSTED}


def _told(headers: Mapping[str, str]) -> RawHeaders:
    return [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in headers.items()
        if name in _ANSWERED or name.startswith(_CODEX)
    ]
