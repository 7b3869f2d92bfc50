"""One request and its answer, as the log line tells it, and the headers of every answer."""

import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import structlog
from starlette.types import Scope

from codex2api.api.streaming import RawHeaders
from codex2api.callers import Caller
from codex2api.callers.grants import NO_GRANTS
from codex2api.errors import STATUS, Kind
from codex2api.ledger.names import name_or_odd
from codex2api.protocol.usage import Usage

log = structlog.get_logger("codex2api.request")

_SAFE_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
_UNSAFE = re.compile(r"[^\w.:>/\[\]-]", re.ASCII)
_MOST_NAMES = 32
_KEY = "codex2api.exchange"


@dataclass(slots=True)
class Exchange:
    """What is known of a request on its way through; filled as it goes.

    Attributes:
        asked: The request's headers, names in lower case; of a repeated one the last.
        started: ``time.perf_counter()`` when its headers had arrived.
        status: What the caller was answered, 0 while nothing was sent.
        error: Code of the failure, also of one that came after the first byte.
        dropped: Parameters that the answer has to name, where no dialect does it.
        asked_model: As the caller wrote it; ``model`` is what serves, as soon as that is known.
        effort: How hard the model is to think, as far as that is known.
        usage: What it cost, once the backend has said so; added up where it took several calls.
        estimated: The usage was counted here, because the answer was cut here.
        entered: Whether the caller's meter counts it as under way.
        first_at: ``time.perf_counter()`` when the first part of the answer was there.
        deferred: Its answer goes on in the background, and is over later than the exchange.
        rehearsed: The caller was told what would be sent; no model was asked.
    """

    request_id: str
    method: str
    path: str
    asked: Mapping[str, str] = field(repr=False)
    started: float = field(default_factory=time.perf_counter)
    caller: Caller | None = None
    status: int = 0
    model: str | None = None
    account: str | None = None
    error: str | None = None
    dropped: tuple[str, ...] = ()
    asked_model: str | None = None
    effort: str | None = None
    usage: Usage | None = None
    estimated: bool = False
    first_at: float | None = None
    entered: bool = False
    deferred: bool = False
    rehearsed: bool = False

    def milliseconds(self) -> int:
        """Time since the request arrived."""
        return round((time.perf_counter() - self.started) * 1000)

    def headers(self) -> RawHeaders:
        """Headers of every answer."""
        return [
            (b"x-request-id", self.request_id.encode()),
            (b"openai-processing-ms", str(self.milliseconds()).encode()),
            *name_list(b"x-codex2api-dropped", self.dropped),
            *self._limits(),
        ]

    def completed(self, headers: RawHeaders) -> RawHeaders:
        """The headers of an answer, whole; a key's limits take the place of its plan's."""
        if self._limits():
            headers = [header for header in headers if not header[0].startswith(b"x-ratelimit-")]
        return [*headers, *self.headers()]

    def _limits(self) -> RawHeaders:
        caller = self.caller
        if caller is None or caller.meter is None or caller.grants is NO_GRANTS:
            return []
        return caller.meter.headers(caller)


def begin(scope: Scope) -> Exchange:
    """A new exchange, also put into the scope."""
    asked = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    exchange = Exchange(
        _request_id(asked.get("x-request-id")), scope.get("method", "GET"), scope["path"], asked
    )
    scope[_KEY] = exchange
    return exchange


def exchange_of(scope: Scope) -> Exchange:
    """The exchange that ``begin`` put into the scope."""
    exchange: Exchange = scope[_KEY]
    return exchange


def caller_of(scope: Scope) -> Caller | None:
    """Who asks, if anybody has been let in."""
    exchange: Exchange | None = scope.get(_KEY)
    return None if exchange is None else exchange.caller


def _request_id(shown: str | None) -> str:
    """The caller's own id if it is harmless in headers and logs, else a new one."""
    return shown if shown and _SAFE_ID.fullmatch(shown) else f"req_{new_id()}"


def new_id() -> str:
    """128 random bits in hex: unique, and no secret."""
    return f"{random.getrandbits(128):032x}"


def name_list(header: bytes, names: tuple[str, ...]) -> RawHeaders:
    """A header that lists names, or none; names may come from the caller and are defused."""
    if not names:
        return []
    told = names if len(names) <= _MOST_NAMES else (*names[:_MOST_NAMES], "...")
    return [(header, b", ".join([_defused(name) for name in told]))]


@lru_cache(maxsize=1024)
def _defused(name: str) -> bytes:
    return _UNSAFE.sub("?", name[:64]).encode("ascii")


def tell(exchange: Exchange) -> None:
    """The one log line of a request; what failed, and not by its caller, is a warning.

    A caller may send anything as the name of a model, a prompt included.
    """
    write = log.warning if _failed(exchange) else log.info
    write(
        "request",
        method=exchange.method,
        path=exchange.path,
        status=exchange.status,
        ms=exchange.milliseconds(),
        caller=exchange.caller.name if exchange.caller else None,
        model=name_or_odd(exchange.model),
        account=exchange.account,
        error=exchange.error,
    )


def _failed(exchange: Exchange) -> bool:
    """Whether it ended badly here or upstream, be it after the first byte."""
    if exchange.status < 400:
        return exchange.error not in (None, "caller_left")
    return exchange.status >= 500 and exchange.status != STATUS[Kind.NOT_SUPPORTED]
