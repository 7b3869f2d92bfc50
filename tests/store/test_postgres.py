"""PostgreSQL: made once, migrated beside older versions, lost and found again."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from structlog.testing import capture_logs

from codex2api.errors import ApiError, Kind
from codex2api.store import migrations
from codex2api.store.heartbeat import HeartbeatRunners
from codex2api.store.postgres import PostgresDatabase
from codex2api.store.tables import METADATA
from codex2api.store.version import HEAD
from tests.postgres import PostgresProcess
from tests.store.opened import ANNE, BEN, a_response, opened_at

OPEN = """
import asyncio, sys
from codex2api.store.postgres import PostgresDatabase
async def main():
    database = PostgresDatabase(sys.argv[1])
    await database.open()
    await database.close()
asyncio.run(main())
"""


@asynccontextmanager
async def database_at(url: str) -> AsyncIterator[PostgresDatabase]:
    database = PostgresDatabase(url)
    try:
        yield database
    finally:
        await database.close()


def one(connection: Connection) -> object:
    return connection.execute(text("SELECT 1")).scalar()


def empty(connection: Connection) -> None:
    """As no migration has ever seen it."""
    METADATA.drop_all(connection)
    connection.execute(text("DELETE FROM alembic_version"))


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


# -- its tables ----------------------------------------------------------------------------------


async def test_migrations_and_tables_make_the_same(
    postgres_server: PostgresProcess, database_url: str
) -> None:
    async with database_at(database_url) as database:
        assert await database.read(differences) == []
        revision = text("SELECT version_num FROM alembic_version")
        found = await database.read(lambda connection: connection.execute(revision).scalars().all())
        assert found == [HEAD]


async def test_an_old_database_is_brought_up_to_date(database_url: str) -> None:
    async with database_at(database_url) as database:
        await database.write(empty)
    async with database_at(database_url) as database:
        assert await database.read(differences) == []


def test_processes_that_start_together_make_it_once(database_url: str) -> None:
    command = [sys.executable, "-c", OPEN, database_url]
    children = [subprocess.Popen(command) for _ in range(4)]
    assert [child.wait() for child in children] == [0] * 4


# -- failures ------------------------------------------------------------------------------------


async def test_what_it_cannot_hold_is_the_callers_fault(database_url: str) -> None:
    async with opened_at(database_url)(Path("unused")) as state:
        with pytest.raises(ApiError, match="NUL") as caught:
            await state.responses.find(ANNE, "resp_\0")
        assert caught.value.kind is Kind.BAD_REQUEST


async def test_lost_connections_are_replaced_and_nobody_hears_of_it(
    own_postgres: PostgresProcess,
) -> None:
    async with database_at(own_postgres.url()) as database:
        for use in (database.read, database.write):
            assert await use(one) == 1
            await asyncio.to_thread(own_postgres.stop)
            await asyncio.to_thread(own_postgres.start)
            assert await use(one) == 1


async def test_while_it_is_away_callers_are_told_and_the_log_once(
    own_postgres: PostgresProcess,
) -> None:
    async with database_at(own_postgres.url()) as database:
        await database.open()
        await asyncio.to_thread(own_postgres.stop)
        with capture_logs() as logs:
            for use in (database.read, database.write) * 5:
                with pytest.raises(ApiError) as caught:
                    await use(one)
                assert (caught.value.status, caught.value.kind.value) == (
                    503,
                    "storage_unavailable",
                )
            await asyncio.to_thread(own_postgres.start)
            assert await database.read(one) == 1
        assert [line["event"] for line in logs] == ["store.away", "store.back"]


async def test_a_server_may_start_before_its_database(own_postgres: PostgresProcess) -> None:
    await asyncio.to_thread(own_postgres.stop)
    async with database_at(own_postgres.url()) as database:
        with pytest.raises(ApiError):
            await database.open()
        await asyncio.to_thread(own_postgres.start)
        assert await database.read(differences) == []


async def test_who_takes_no_writes_any_more_is_left_for_who_does(
    own_postgres: PostgresProcess,
) -> None:
    async with database_at(own_postgres.url()) as database:
        await database.write(one)
        await _set(own_postgres, "default_transaction_read_only", "on")
        with pytest.raises(ApiError) as caught:
            await _delete_something(database)
        assert caught.value.kind is Kind.STORAGE_UNAVAILABLE
        assert database.is_read_only
        await _set(own_postgres, "default_transaction_read_only", "off")
        await _delete_something(database)
        assert not database.is_read_only


async def test_an_answer_that_never_comes_is_not_awaited_by_everybody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://anne@127.0.0.1:{silent.getsockname()[1]}/silent"
        async with database_at(url) as database:
            with pytest.raises(ApiError):
                await database.open()
            with capture_logs() as logs, pytest.raises(ApiError):
                await database.open()
            assert logs == []  # not even tried


async def test_the_log_quotes_nothing_that_was_to_be_stored(database_url: str) -> None:
    async with opened_at(database_url)(Path("unused")) as state:
        await state.responses.add(a_response("resp_secret"))
        with capture_logs() as logs, pytest.raises(ApiError):
            await state.responses.add(a_response("resp_secret"))
        assert len(logs) == 1
        assert "resp_secret" not in str(logs)
        assert "23505" in logs[0]["reason"]


async def _set(server: PostgresProcess, name: str, value: str) -> None:
    connection = await server.connect()
    await connection.execute("SET default_transaction_read_only = off")
    await connection.execute(f"ALTER SYSTEM SET {name} = {value}")
    await connection.execute("SELECT pg_reload_conf()")
    while await (other := await server.connect()).fetchval(f"SHOW {name}") != value:
        await other.close()
    await other.close()
    await connection.close()


async def _delete_something(database: PostgresDatabase) -> None:
    delete = text("DELETE FROM responses")
    await database.write(lambda connection: connection.execute(delete).rowcount)


# -- who is alive --------------------------------------------------------------------------------


async def test_runners_know_each_other(database_url: str) -> None:
    async with database_at(database_url) as database:
        one, two = HeartbeatRunners(database), HeartbeatRunners(database)
        await one.start()
        assert await two.is_alive(one.begin())
        assert not await two.is_alive("0badcafe")
        await one.end()
        assert not await two.is_alive(one.own)


async def test_who_is_not_heard_of_is_dead_unless_nobody_could_be(
    postgres_server: PostgresProcess, database_url: str
) -> None:
    async with database_at(database_url) as database:
        one, two = HeartbeatRunners(database), HeartbeatRunners(database, life=0.001)
        await one.start()
        late = text("UPDATE runners SET seen = now() - interval '2 hours'")
        await database.write(lambda connection: connection.execute(late).rowcount)
        assert not await two.is_alive(one.own)
        assert await HeartbeatRunners(database, life=10_000).is_alive(one.own)
        await one.end()


async def test_a_background_response_of_a_dead_replica_is_failed_by_another(
    database_url: str, tmp_path: Path
) -> None:
    opened = opened_at(database_url)
    async with opened(tmp_path) as one, opened(tmp_path) as other:
        begun = a_response("resp_1", status="in_progress", runner=one.begin_running())
        await one.responses.add(begun)
        found = await other.responses.find(ANNE, "resp_1")
        assert found is not None
        assert found.status == "in_progress"
        assert await other.responses.find(BEN, "resp_1") is None
        await one.close()
        found = await other.responses.find(ANNE, "resp_1")
        assert found is not None
        assert found.status == "failed"


# -- old and new side by side --------------------------------------------------------------------


def shape(connection: Connection) -> dict[str, dict[str, object]]:
    """Every column by table, and whether a row needs it; constraints besides."""
    found = inspect(connection)
    tables: dict[str, dict[str, object]] = {}
    for table in found.get_table_names():
        columns: dict[str, object] = {
            column["name"]: (
                str(column["type"]),
                column["nullable"] or column["default"] is not None,
            )
            for column in found.get_columns(table)
        }
        columns["(unique)"] = sorted(
            str(each["column_names"])
            for each in [*found.get_unique_constraints(table), *found.get_indexes(table)]
            if each.get("unique", True)
        )
        columns["(foreign)"] = sorted(
            str(each["constrained_columns"]) for each in found.get_foreign_keys(table)
        )
        tables[table] = columns
    return tables


def one_by_one(connection: Connection) -> list[dict[str, dict[str, object]]]:
    """The shape after each migration."""
    shapes = []
    for revision in migrations.revisions():
        migrations.upgrade(connection, revision)
        shapes.append(shape(connection))
    return shapes


async def test_migrations_only_add_so_that_an_older_version_works_on(
    postgres_server: PostgresProcess, database_url: str
) -> None:
    async with database_at(database_url) as database:
        await database.write(empty)
        shapes = await database.write(one_by_one)
    assert len(shapes) == int(HEAD)
    for before, after in pairwise(shapes):
        for table in before.keys() - {"alembic_version"}:
            assert before[table].items() <= after[table].items(), table
            for name in after[table].keys() - before[table].keys():
                _, may_be_left_out = after[table][name]  # type: ignore[misc]
                assert may_be_left_out, f"an older version does not fill {table}.{name}"
