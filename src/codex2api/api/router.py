"""The hot routes: one a dialect."""

from collections.abc import Iterable
from typing import Any

from starlette.types import ASGIApp

from codex2api.api.endpoint import DialectEndpoint, EndpointOptions
from codex2api.dialects.base import Dialect
from codex2api.dialects.chat import CHAT
from codex2api.dialects.completions import COMPLETIONS
from codex2api.dialects.responses import RESPONSES
from codex2api.relay import Relay

DIALECTS: tuple[Dialect[Any], ...] = (CHAT, COMPLETIONS, RESPONSES)


def hot_routes(
    dialects: Iterable[Dialect[Any]], relay: Relay, options: EndpointOptions
) -> dict[str, ASGIApp]:
    """Endpoints by path."""
    return {dialect.path: DialectEndpoint(dialect, relay, options) for dialect in dialects}
