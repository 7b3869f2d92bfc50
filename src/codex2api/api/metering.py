"""The cache meter is told of requests behind their answers."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from codex2api.api.exchange import Exchange
from codex2api.ledger.cachemeter import CacheMeter, Spent
from codex2api.ledger.prefixes import prefix_of
from codex2api.protocol.request import ResponsesRequest
from codex2api.protocol.usage import Usage

Metering: TypeAlias = Callable[[Exchange, ResponsesRequest, Usage], None]
"""Takes in what a request cost."""


def metering(meter: CacheMeter, now: Callable[[], float]) -> Metering:
    """Has the meter told as soon as the event loop has nothing better to do."""

    def told(exchange: Exchange, request: ResponsesRequest, usage: Usage) -> None:
        spent = Spent(now(), usage.input_tokens or 0, usage.cached)
        key = exchange.caller.name if exchange.caller else "anyone"
        account, model = exchange.account, exchange.model

        def take() -> None:
            name = request.prompt_cache_key or request.opening
            meter.take(key, name[:64], prefix_of(request, account, model), spent)

        asyncio.get_running_loop().call_soon(take)

    return told
