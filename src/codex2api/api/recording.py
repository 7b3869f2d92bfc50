"""What the ledger is told of an exchange that is over."""

import time

from codex2api.api.exchange import Exchange
from codex2api.ledger.calls import EndedCall
from codex2api.ledger.names import client_of, name_or_odd
from codex2api.protocol.usage import Usage

_MOST = 2**53
"""What every database and every reader of JSON can hold."""


def call_of(exchange: Exchange) -> EndedCall:
    """The record of an exchange; nothing of it is free text."""
    total = exchange.milliseconds()
    caller = exchange.caller
    counted = exchange.usage or _UNTOLD
    read, written = _count(counted.input_tokens), _count(counted.output_tokens)
    return EndedCall(
        at=round(time.time() * 1000) - total,
        request_id=exchange.request_id,
        method=exchange.method,
        route=exchange.path,
        asked_model=name_or_odd(exchange.asked_model),
        model=name_or_odd(exchange.model) if exchange.account else None,
        effort=name_or_odd(exchange.effort),
        account=exchange.account,
        key=caller.id if caller else None,
        key_name=caller.name if caller else None,
        input_tokens=read,
        cached_tokens=_part(counted.cached, read),
        output_tokens=written,
        reasoning_tokens=_part(counted.reasoned, written),
        estimated=exchange.estimated,
        first_ms=_since_start(exchange.first_at, exchange),
        total_ms=total,
        status=exchange.status,
        error=name_or_odd(exchange.error),
        client=client_of(exchange.asked.get("user-agent")),
        streamed=exchange.streamed,
        silence_ms=None if exchange.silence is None else round(exchange.silence * 1000),
        traceparent=exchange.asked.get("traceparent"),
    )


_UNTOLD = Usage(input_tokens=None, output_tokens=None, total_tokens=None)


def _count(tokens: int | None) -> int | None:
    return None if tokens is None else min(max(tokens, 0), _MOST)


def _part(tokens: int, whole: int | None) -> int | None:
    """Tokens of a class: never more than all of them, whatever the backend says."""
    return None if whole is None else min(max(tokens, 0), whole)


def _since_start(moment: float | None, exchange: Exchange) -> int | None:
    return None if moment is None else round((moment - exchange.started) * 1000)
