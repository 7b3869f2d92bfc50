"""What an answer that passes unread has cost: its end is looked at, once."""

import json
from collections import deque

import msgspec

from codex2api.protocol.usage import Usage

_ENOUGH = 16 * 1024
"""Bytes; the usage is among the last fields of the last event."""

_MARK = b'"usage":'
"""Inside a text its quotes would be escaped."""

_decoder = json.JSONDecoder()


class Tail:
    """The last bytes of an answer, kept as they came."""

    def __init__(self) -> None:
        self._parts: deque[bytes] = deque()
        self._size = 0

    def add(self, data: bytes) -> None:
        """More bytes; those before them that are no longer needed are let go."""
        self._parts.append(data)
        self._size += len(data)
        while self._size - len(self._parts[0]) >= _ENOUGH:
            self._size -= len(self._parts.popleft())

    def usage(self) -> Usage | None:
        """The last usage that it tells; ``None`` if it tells none."""
        end = b"".join(self._parts)[-_ENOUGH:]
        at = end.rfind(_MARK)
        if at < 0:
            return None
        try:
            said, _ = _decoder.raw_decode(end[at + len(_MARK) :].decode(errors="replace").lstrip())
            return msgspec.convert(said, Usage | None)
        except (ValueError, RecursionError, msgspec.ValidationError):
            return None
