"""A client of the scripted server, and the shortest way to make it call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from codex2api.accounts.account import Credential
from codex2api.protocol.events import Batch, TextDelta, UpstreamEvent
from codex2api.protocol.items import input_text, message
from codex2api.protocol.request import ResponsesRequest
from codex2api.upstream.backend import Backend
from codex2api.upstream.client import CodexUpstream
from codex2api.upstream.models import LiveModels
from codex2api.upstream.prepare import Rules
from tests.upstream import adapters

PAUSES = (0.01, 0.01)
CREDENTIAL = Credential("token-of-a", "acc-a")


def asking(**fields: Any) -> ResponsesRequest:
    basis = {"model": "gpt-5.5", "input": [message("user", [input_text("hi")])]}
    return ResponsesRequest(**(basis | fields))


@asynccontextmanager
async def upstream(
    url: str,
    *,
    idle_timeout: float = 30,
    response_timeout: float = 30,
    connect_timeout: float = 10,
    **options: Any,
) -> AsyncIterator[CodexUpstream]:
    async with adapters.http(connect_timeout=connect_timeout) as http:
        backend = Backend(http, url=url, response_timeout=response_timeout, pauses=PAUSES)
        models = LiveModels(backend)
        try:
            yield CodexUpstream(
                backend,
                models,
                rules=Rules(),
                idle_timeout=idle_timeout,
                **options,
            )
        finally:
            await models.close()


async def ask(client: CodexUpstream, **fields: Any) -> list[Batch]:
    async with client.stream(asking(**fields), CREDENTIAL) as accepted:
        return [batch async for batch in accepted.batches]


async def ask_at(url: str, **options: Any) -> list[UpstreamEvent]:
    async with upstream(url, **options) as client:
        return [event for batch in await ask(client) for event in batch]


def said(events: list[UpstreamEvent]) -> str:
    return "".join(event.delta for event in events if isinstance(event, TextDelta))
