"""What was asked of the simulator: remembered for assertions, bearers masked, bounded."""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from codex2api.protocol.json import decode

MAX_BYTES = 64 * 1024 * 1024
"""Bodies kept in all; beyond, the oldest requests are forgotten first."""


def mask(value: str) -> str:
    """A credential as a short fingerprint: equal tokens look equal, none can be read."""
    digest = hashlib.sha256(value.encode()).hexdigest()[:10]
    return f"Bearer <masked:{digest}>"


@dataclass(slots=True)
class RecordedRequest:
    """One request as it arrived.

    Attributes:
        headers: In lower case; of a repeated header the last value.
        body: Decoded of its content encoding.
        status: What it was answered with; 0 while there is no answer, or none was given.
        completed: Whether the whole answer was handed to the network.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    status: int = 0
    completed: bool = False

    @property
    def json(self) -> Any:
        """The body as JSON, ``None`` if it is not."""
        try:
            return decode(self.body)
        except ValueError:
            return None

    def view(self) -> dict[str, Any]:
        """The request as the admin call shows it."""
        parsed = self.json
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "headers": dict(self.headers),
            "body": self.body.decode("utf-8", "replace") if parsed is None else parsed,
            "status": self.status,
            "completed": self.completed,
        }


@dataclass(slots=True)
class Recorder:
    """The last requests, oldest first."""

    limit: int
    _requests: deque[RecordedRequest] = field(default_factory=deque)
    _bytes: int = 0

    def open(
        self, method: str, path: str, query: str, headers: Iterable[tuple[str, str]]
    ) -> RecordedRequest:
        """Remember a request that has just begun."""
        seen = {name.lower(): value for name, value in headers}
        if "authorization" in seen:
            seen["authorization"] = mask(seen["authorization"])
        request = RecordedRequest(method, path, query, seen)
        self._requests.append(request)
        while len(self._requests) > self.limit:
            self._forget_oldest()
        return request

    def attach(self, request: RecordedRequest, body: bytes) -> None:
        """Give a request its body, forgetting old requests if that is too much."""
        self._bytes += len(body) - len(request.body)
        request.body = body
        while self._bytes > MAX_BYTES and len(self._requests) > 1:
            self._forget_oldest()

    def requests(self, path: str = "", method: str = "") -> list[RecordedRequest]:
        """All remembered requests whose path ends with ``path``, of that method if given."""
        return [
            request
            for request in self._requests
            if request.path.endswith(path) and method in ("", request.method)
        ]

    def clear(self) -> None:
        """Forget everything."""
        self._requests.clear()
        self._bytes = 0

    def _forget_oldest(self) -> None:
        self._bytes -= len(self._requests.popleft().body)
