"""Where the beginning of a conversation changed, which ChatGPT's prompt cache depends on. Pure.

What is cached is what two requests have in common from their beginning on. Parts are compared by
short hashes, so that nothing of what was said is kept. To hash a chat costs 4 µs, the request of an
agent (40 items, 15 tools, 90 kB) 170 µs, so the owner has to ask for it.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from codex2api.protocol.json import encode
from codex2api.protocol.request import ResponsesRequest

_BYTES = 8


class Prefix(Struct, frozen=True):
    """One request, part by part.

    Attributes:
        model: As it was served.
        opening: A hash of the first user message.
        format: Of the answer: a schema comes before everything that was said.
        kinds: What each item is, in a word.
    """

    account: str | None
    model: str | None
    opening: str
    instructions: bytes
    format: bytes
    tools: tuple[bytes, ...]
    items: tuple[bytes, ...]
    kinds: tuple[str, ...]


def prefix_of(request: ResponsesRequest, account: str | None, model: str | None) -> Prefix:
    """The parts of a request that an account has served."""
    return Prefix(
        account,
        model,
        request.opening,
        _hash(request.instructions),
        _hash(request.text.format),
        tuple(map(_hash, request.tools)),
        tuple(map(_hash, request.input)),
        tuple(_kind(item) for item in request.input),
    )


def likeness(one: Prefix, other: Prefix) -> int:
    """How likely two requests are of one thread: 2 for surely, 1 for maybe, 0 for not at all.

    Under one cache key clients also ask for titles, or let helpers work.
    """
    return (one.instructions == other.instructions) + (one.opening == other.opening)


def first_break(before: Prefix, now: Prefix) -> str | None:
    """What changed first of what was there before; ``None`` if nothing did.

    A cache belongs to an account and a model; then come the instructions, the tools and the items.
    """
    if before.account != now.account:
        return f"account changed: {before.account} -> {now.account}"
    if before.model != now.model:
        return f"model changed: {before.model} -> {now.model}"
    for name in ("instructions", "format"):
        if getattr(before, name) != getattr(now, name):
            return f"{'text.format' if name == 'format' else name} changed"
    return _tools(before.tools, now.tools) or _items(before, now)


def _tools(before: Sequence[bytes], now: Sequence[bytes]) -> str | None:
    """Every change of the tools counts, for all that was said comes after them."""
    if before == now:
        return None
    if sorted(before) == sorted(now):
        return "tools are in another order"
    at = _common(before, now)
    if at == len(before):
        return f"tools[{at}] was added"
    return f"tools[{at}] is gone" if at == len(now) else f"tools[{at}] changed"


def _items(before: Prefix, now: Prefix) -> str | None:
    """Items that follow those of before break nothing, nor does it if there are fewer of them."""
    at = _common(before.items, now.items)
    if at in (len(before.items), len(now.items)):
        return None
    was, is_now = before.kinds[at], now.kinds[at]
    told = is_now if was == is_now else f"{was} -> {is_now}"
    return f"input[{at}] changed ({told})"


def _common(before: Sequence[bytes], now: Sequence[bytes]) -> int:
    """How many parts the two have in common from the beginning on."""
    pairs = zip(before, now, strict=False)
    differing = (at for at, (one, other) in enumerate(pairs) if one != other)
    return next(differing, min(len(before), len(now)))


def _kind(item: dict[str, Any]) -> str:
    kind = str(item.get("type", "message"))
    return f"{item.get('role')} message" if kind == "message" else kind


def _hash(part: Any) -> bytes:
    return hashlib.blake2b(encode(part), digest_size=_BYTES).digest()
