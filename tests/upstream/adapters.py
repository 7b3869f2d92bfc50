"""Which transport the calls of a test go through."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from codex2api.upstream.http import Http

_wire: ContextVar[bool] = ContextVar("wire", default=True)


@contextmanager
def using(*, wire: bool) -> Iterator[None]:
    token = _wire.set(wire)
    try:
        yield
    finally:
        _wire.reset(token)


def http(**options: Any) -> Http:
    return Http(wire=_wire.get(), **options)
