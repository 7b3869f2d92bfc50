"""A database of the tests' own, and values to put into it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from codex2api.conversations import Reader, StoredCompletion, StoredResponse
from codex2api.protocol import json
from codex2api.store.engine import SqliteDatabase, sqlite
from codex2api.store.keys import SqlKeys
from codex2api.store.opened import OpenState, open_shared_state, open_state
from codex2api.store.postgres import PostgresDatabase

NOW = 1_800_000_000.0
DAY = 86_400

ANNE, BEN, OWNER = Reader("anne"), Reader("ben"), Reader("owner", sees_all=True)


class Opening(Protocol):
    """Opens what is remembered in a folder: the ``opened`` of each kind of database."""

    def __call__(
        self,
        folder: Path,
        now: Callable[[], float] = ...,
        days: int = ...,
        ledger_days: int = ...,
    ) -> AbstractAsyncContextManager[OpenState]: ...


KeysIn: TypeAlias = Callable[[Path], AbstractAsyncContextManager[SqlKeys]]
"""Opens the keys in a folder: of each kind of database."""


@asynccontextmanager
async def opened(
    folder: Path,
    now: Callable[[], float] = lambda: NOW,
    days: int = 30,
    ledger_days: int = 90,
) -> AsyncIterator[OpenState]:
    state = await open_state(folder / "codex2api.db", days * DAY, now, ledger_days)
    try:
        yield state
    finally:
        await state.close()


@asynccontextmanager
async def opened_keys(path: Path) -> AsyncIterator[SqlKeys]:
    """The keys in a database on this machine."""
    database = SqliteDatabase(sqlite(path))
    try:
        await database.open()
        yield SqlKeys(database)
    finally:
        await database.close()


def opened_at(url: str) -> Opening:
    """The ``opened`` of a PostgreSQL."""

    @asynccontextmanager
    async def opened(
        folder: Path,
        now: Callable[[], float] = lambda: NOW,
        days: int = 30,
        ledger_days: int = 90,
    ) -> AsyncIterator[OpenState]:
        database = PostgresDatabase(url)
        state = await open_shared_state(database, folder, days * DAY, now, ledger_days)
        try:
            yield state
        finally:
            await state.close()
            await database.close()

    return opened


def a_response(name: str, owner: str = "anne", /, **fields: Any) -> StoredResponse:
    output = [{"id": f"msg_{name}", "type": "message"}]
    known: dict[str, Any] = {
        "created": int(NOW),
        "status": "completed",
        "input": b'[{"role":"user"}]',
        "body": json.encode({"id": name, "status": "completed", "output": output}),
        "output_ids": (f"msg_{name}",),
    }
    return StoredResponse(name, owner, **known | fields)


def a_completion(name: str, owner: str = "anne", /, **fields: Any) -> StoredCompletion:
    known: dict[str, Any] = {
        "created": int(NOW),
        "model": "gpt-5.5",
        "metadata": {},
        "body": b"{}",
        "messages": b"[]",
    }
    return StoredCompletion(name, owner, **known | fields)
