"""One request and its answer, as the log line tells it, and the headers of every answer."""

import re
import time
import uuid
from dataclasses import dataclass, field

from starlette.types import Scope

from codex2api.api.streaming import RawHeaders
from codex2api.callers import Caller

_SAFE_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_UNSAFE = re.compile(r"[^\w.:>/\[\]-]", re.ASCII)
_MOST_NAMES = 32


@dataclass(slots=True)
class Exchange:
    """What is known of a request on its way through; filled as it goes.

    Attributes:
        started: ``time.perf_counter()`` when its headers had arrived.
        status: What the caller was answered, 0 while nothing was sent.
        error: Code of the failure, also of one that came after the first byte.
    """

    request_id: str
    method: str
    path: str
    started: float = field(default_factory=time.perf_counter)
    caller: Caller | None = None
    status: int = 0
    model: str | None = None
    account: str | None = None
    error: str | None = None

    def milliseconds(self) -> int:
        """Time since the request arrived."""
        return round((time.perf_counter() - self.started) * 1000)

    def headers(self) -> RawHeaders:
        """Headers of every answer."""
        return [
            (b"x-request-id", self.request_id.encode()),
            (b"openai-processing-ms", str(self.milliseconds()).encode()),
        ]


def exchange_of(scope: Scope) -> Exchange:
    """The exchange that ``Front`` put into the scope."""
    exchange = scope["codex2api.exchange"]
    assert isinstance(exchange, Exchange)  # noqa: S101 - for the type checker
    return exchange


def request_id(shown: str | None) -> str:
    """The caller's own id if it is harmless in headers and logs, else a new one."""
    return shown if shown and _SAFE_ID.fullmatch(shown) else f"req_{uuid.uuid4().hex}"


def name_list(header: bytes, names: tuple[str, ...]) -> RawHeaders:
    """A header that lists names, or none; names may come from the caller and are defused."""
    if not names:
        return []
    shown = [_UNSAFE.sub("?", name[:64]) for name in names[:_MOST_NAMES]]
    return [(header, ", ".join(shown).encode("ascii"))]
