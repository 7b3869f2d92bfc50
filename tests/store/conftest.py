"""One suite for both databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from codex2api.store.keys import SqlKeys
from codex2api.store.tokenfile import TokenFiles
from tests.postgres import PostgresProcess, new_database
from tests.store.opened import KeysIn, Opening, opened as opened_on_sqlite, opened_at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of token files; it is made with the first of them."""
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path) -> TokenFiles:
    """The token files in it."""
    return TokenFiles(folder)


@pytest.fixture
def database_url(postgres_server: PostgresProcess) -> str:
    """An empty database in PostgreSQL."""
    return postgres_server.url(new_database(postgres_server))


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest) -> Opening:
    """What is remembered, opened; on either database."""
    if request.param == "sqlite":
        return opened_on_sqlite
    return opened_at(request.getfixturevalue("database_url"))


@pytest.fixture
def keys_in(opened: Opening) -> KeysIn:
    """Opens the keys in a folder, in each kind of database."""

    @asynccontextmanager
    async def keys(folder: Path) -> AsyncIterator[SqlKeys]:
        async with opened(folder) as state:
            yield state.keys

    return keys
