"""How what is remembered is reached, and as whom it is read."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from codex2api.callers import Caller
from codex2api.conversations import Reader, Stores
from codex2api.errors import ApiError, Kind

OpenStores: TypeAlias = Callable[[], Awaitable[Stores]]
"""Opens what is remembered; raises ``ApiError`` where this server keeps nothing."""


async def nothing_kept() -> Stores:
    """The ``OpenStores`` of a server that is to remember nothing.

    Raises:
        ApiError: Always.
    """
    raise ApiError(
        Kind.NOT_SUPPORTED,
        "This server keeps nothing: its owner has set store.responsesTtlDays to 0.",
    )


def as_reader(caller: Caller) -> Reader:
    """What a caller may see."""
    return Reader(caller.id, sees_all=caller.admin)
