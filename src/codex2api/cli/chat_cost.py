"""What an answer cost, in a line below it."""

import time
from collections.abc import Mapping
from typing import Any

from codex2api.cli.columns import dollars
from codex2api.texts.shell import _

_DAY = 86_400


def cost_line(model: str | None, usage: Mapping[str, Any] | None, seconds: float) -> str:
    """Tokens, time and list price: ``14 in, 22 out, 0.9 s, $0.0003 at list price``."""
    parts = []
    if usage is not None:
        parts.append(_("{tokens:,} in").format(tokens=usage.get("prompt_tokens") or 0))
        parts.append(_("{tokens:,} out").format(tokens=usage.get("completion_tokens") or 0))
    parts.append(f"{seconds:.1f} s")
    price = None if model is None or usage is None else _price(model, usage)
    if price is not None:
        parts.append(_("{price} at list price").format(price=dollars(price)))
    return ", ".join(parts)


def _price(model: str, usage: Mapping[str, Any]) -> float | None:
    from codex2api.ledger.reports import Tokens
    from codex2api.prices import list_price

    details = usage.get("prompt_tokens_details") or {}
    tokens = Tokens(
        input=usage.get("prompt_tokens") or 0,
        cached=details.get("cached_tokens") or 0,
        output=usage.get("completion_tokens") or 0,
        reasoning=0,
    )
    price = list_price(model, int(time.time() // _DAY), tokens, 1)
    return None if price is None else float(price)
