"""The database file: private, made once, migrated, and not opened before it is needed."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text

from codex2api.errors import ApiError
from codex2api.store import migrations
from codex2api.store.engine import SqliteDatabase, failed, sqlite
from codex2api.store.opened import open_state
from codex2api.store.runner import LockedRunners
from codex2api.store.state import State
from codex2api.store.tables import METADATA
from codex2api.store.version import HEAD
from tests.store.opened import ANNE, NOW, a_response, opened

OPEN = """
import asyncio, sys
from pathlib import Path
from codex2api.store.opened import open_state
async def main():
    state = await open_state(Path(sys.argv[1]), 60, lambda: 0.0)
    await state.close()
asyncio.run(main())
"""


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def test_migrations_end_where_the_tables_are(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.begin() as connection:
        migrations.upgrade(connection)
        assert differences(connection) == []
    engine.dispose()
    folder = str(Path(migrations.__file__).parent)
    assert ScriptDirectory(folder).get_heads() == [HEAD]


async def test_a_new_database_needs_no_migration(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    engine = create_engine(f"sqlite:///{tmp_path / 'codex2api.db'}")
    with engine.begin() as connection:
        assert differences(connection) == []
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars()
        assert list(found) == [HEAD]
    engine.dispose()


async def test_an_older_database_is_brought_up_to_date(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'codex2api.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
    engine.dispose()
    async with opened(tmp_path) as state:
        await state.responses.add(a_response("resp_1"))


async def test_a_newer_database_is_used_as_it_is(tmp_path: Path) -> None:
    async with opened(tmp_path):
        pass
    engine = create_engine(f"sqlite:///{tmp_path / 'codex2api.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    async with opened(tmp_path) as state:
        await state.responses.add(a_response("resp_1"))


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}


async def test_the_file_is_private(tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        await state.responses.add(a_response("resp_1"))
        assert modes(tmp_path) == dict.fromkeys(
            ["codex2api.db", "codex2api.db-shm", "codex2api.db-wal"], 0o600
        )


def test_processes_that_start_together_make_it_once(tmp_path: Path) -> None:
    path = tmp_path / "codex2api.db"
    children = [subprocess.Popen([sys.executable, "-c", OPEN, str(path)]) for _ in range(4)]
    assert [child.wait() for child in children] == [0] * 4


async def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "codex2api.db"
    path.write_text("Not a database, but long enough to look at. " * 100)
    with pytest.raises(ApiError, match="database of this server failed"):
        await open_state(path, 60, lambda: NOW)


async def test_a_locked_database_refuses_all_who_wait_at_once(tmp_path: Path) -> None:
    engine, failures = sqlite(tmp_path / "codex2api.db"), []
    event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA busy_timeout = 50"))
    event.listen(engine, "handle_error", failures.append)
    database = SqliteDatabase(engine)
    await database.open()
    other = sqlite3.connect(tmp_path / "codex2api.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    outcomes = await asyncio.gather(
        *(database.write(lambda _: "done") for _ in range(7)), return_exceptions=True
    )

    assert [str(outcome) for outcome in outcomes] == [str(failed())] * 7
    assert len(failures) == 1, "one wait, not one for each"
    other.close()
    assert await database.write(lambda _: "done") == "done"
    await database.close()


async def test_it_is_opened_when_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "codex2api.db"
    state = State(path, 60, lambda: NOW)
    await state.start()
    await state.close()
    assert not path.exists()
    stores = await asyncio.gather(*(state.stores() for _ in range(5)))
    assert len({id(each) for each in stores}) == 1
    await stores[0].responses.add(a_response("resp_1"))
    await state.close()
    again = State(path, 60, lambda: NOW)
    await again.start()
    assert await (await again.stores()).responses.find(ANNE, "resp_1") is not None
    await again.close()


def test_importing_the_server_does_not_import_the_database() -> None:
    code = "import codex2api.app, sys; print(sorted({'sqlalchemy', 'alembic'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


async def test_runners_know_each_other(tmp_path: Path) -> None:
    one, two = LockedRunners(tmp_path), LockedRunners(tmp_path)
    name = one.begin()
    assert one.begin() == name
    assert await two.is_alive(name)
    assert not await two.is_alive("0badcafe")
    await one.end()
    assert not await two.is_alive(name)
    assert modes(tmp_path) == {}


async def test_the_lock_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    left = tmp_path / ".runner.0badcafe.lock"
    left.touch()
    assert not await LockedRunners(tmp_path).is_alive("0badcafe")
    assert modes(tmp_path) == {}
