"""``/admin/api/server``: what runs here, by which settings, and whether it is well."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.responses import Response

from codex2api import __version__
from codex2api.api.packed import packed
from codex2api.errors import ApiError
from codex2api.ledger.calls import Wanted
from codex2api.ledger.ports import LedgerStore


class Setting(Struct, frozen=True):
    """A setting in force; a secret's value is hidden.

    Attributes:
        key: Dotted.
        origin: ``default``, a file, a variable or the command line.
    """

    key: str
    value: Any
    origin: str


class Reached(Struct, frozen=True):
    """Whether the backend answers.

    Attributes:
        url: Asked.
        milliseconds: Until its answer, whatever that was; ``None`` if there was none.
        problem: Why there was none.
    """

    url: str
    milliseconds: int | None
    problem: str | None


class Health(Struct, frozen=True, kw_only=True):
    """What the page of settings and health shows.

    Attributes:
        started: Unix seconds.
        status: ``ok``, ``draining`` or ``not_ready``.
        database: ``SQLite`` or ``PostgreSQL``.
        database_problem: Why it cannot be used.
    """

    version: str = __version__
    python: str
    now: float
    started: float
    status: str
    database: str
    database_problem: str | None
    settings: Sequence[Setting]


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the routes are told.

    Attributes:
        status: Of the server, as its health route tells.
        ledger: Opens the ledger, and the database with it.
        settings: In force.
        reach: Asks the backend.
    """

    python: str
    started: float
    database: str
    now: Callable[[], float]
    status: Callable[[], Awaitable[str]]
    ledger: Callable[[], Awaitable[LedgerStore]]
    settings: Callable[[], Sequence[Setting]]
    reach: Callable[[], Awaitable[Reached]]


def server_router(facts: ServerFacts) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/admin/api/server", tags=["Admin"])

    @router.get("")
    async def server(request: Request) -> Response:
        """Version, health and settings."""
        return packed(
            request,
            Health(
                python=facts.python,
                now=facts.now(),
                started=facts.started,
                status=await facts.status(),
                database=facts.database,
                database_problem=await _database_problem(facts),
                settings=facts.settings(),
            ),
        )

    @router.get("/upstream")
    async def upstream(request: Request) -> Response:
        """Ask the backend whether it can be reached."""
        return packed(request, await facts.reach())

    return router


async def _database_problem(facts: ServerFacts) -> str | None:
    try:
        await (await facts.ledger()).calls(Wanted(), 1)
    except ApiError as error:
        return error.message
    return None
