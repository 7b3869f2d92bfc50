"""The cache key of a conversation, which also is its session id (protocol sheet, trap 16)."""

import hashlib
import re

import msgspec

from codex2api.protocol.items import Item
from codex2api.protocol.request import ResponsesRequest

_HEADER_SAFE = re.compile(r"[A-Za-z0-9._:-]{1,64}")

_encode = msgspec.json.Encoder(order="deterministic").encode


def cache_key(request: ResponsesRequest, slug: str) -> str:
    """The caller's key, or one that every later turn of this conversation gets too.

    A conversation is known by how it begins: model, system text and the first user message. The
    rest of its history grows from turn to turn.
    """
    if request.prompt_cache_key:
        return request.prompt_cache_key
    return _as_uuid(_encode([slug, request.instructions, _first_user_item(request.input)]))


def session_id(key: str) -> str:
    """A cache key as a header value; one that cannot stand in a header is hashed."""
    return key if _HEADER_SAFE.fullmatch(key) else _as_uuid(key.encode(errors="replace"))


def _first_user_item(items: list[Item]) -> object:
    return next((item.get("content") for item in items if item.get("role") == "user"), None)


def _as_uuid(data: bytes) -> str:
    """The hash in the form of a version 5 UUID; ``uuid.UUID`` would take four times as long."""
    digits = hashlib.sha256(data).hexdigest()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
