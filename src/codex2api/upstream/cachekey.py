"""The cache key of a conversation, which also is its session id (protocol sheet, trap 16)."""

import hashlib
import re

from codex2api.protocol.request import ResponsesRequest

_HEADER_SAFE = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def cache_key(request: ResponsesRequest, slug: str) -> str:
    """The caller's key, or one that every later turn of this conversation gets too.

    A conversation is known by how it begins: model, system text and the first user message. The
    rest of its history grows from turn to turn.
    """
    if request.prompt_cache_key:
        return request.prompt_cache_key
    return _as_uuid(f"{slug}\0{request.beginning}".encode())


def session_id(key: str) -> str:
    """A cache key as a header value; one that cannot stand in a header is hashed."""
    return key if _HEADER_SAFE.fullmatch(key) else _as_uuid(key.encode(errors="replace"))


def _as_uuid(data: bytes) -> str:
    """A hash in the form of a UUID of version 8 (RFC 9562, section 5.8)."""
    digits = hashlib.blake2b(data, digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
