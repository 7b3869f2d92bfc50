"""One suite for both databases."""

import pytest

from tests.postgres import PostgresProcess, new_database
from tests.store.opened import Opening, opened as opened_on_sqlite, opened_at


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
