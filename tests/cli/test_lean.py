"""What a server process loads, and what it must not: each of these costs time and megabytes."""

import subprocess
import sys
from pathlib import Path

import pytest

_SERVER = """
from codex2api.cli.lean import collector_at_rest, lean_imports
with collector_at_rest(), lean_imports():
    from codex2api.cli.server import listening, prepared, watching
    from codex2api.app import create_app
    from codex2api.settings import load_settings
    app = create_app(load_settings(env={"CODEX2API_HOME": HOME}))
"""

_DATABASE = """
import asyncio, time
from pathlib import Path
from codex2api.store.opened import open_state
async def main():
    await (await open_state(Path(HOME) / "data" / "codex2api.db", 60, time.time)).close()
asyncio.run(main())
"""


def loaded_by(program: str, home: Path) -> set[str]:
    """Modules that a program has loaded at its end, in a process of its own."""
    told = "import sys\nprint(*(name for name, module in sys.modules.items() if module))"
    done = subprocess.run(
        [sys.executable, "-c", f"HOME = {str(home)!r}\n{program}\n{told}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return loaded_by(_SERVER, tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    "name", ["aiohttp", "alembic", "anyio", "fastapi", "pydantic.v1", "rich", "sqlalchemy"]
)
def test_a_server_starts_without(name: str, served: set[str]) -> None:
    assert "codex2api.app" in served
    assert name not in served


@pytest.mark.parametrize("name", ["alembic", "asyncpg", "sqlalchemy.dialects.postgresql"])
def test_a_new_database_on_this_machine_is_opened_without(name: str, tmp_path: Path) -> None:
    loaded = loaded_by(_DATABASE, tmp_path)

    assert "sqlalchemy.dialects.sqlite" in loaded
    assert name not in loaded


def test_what_was_hidden_can_be_loaded_afterwards(tmp_path: Path) -> None:
    loaded = loaded_by(f"{_SERVER}\nimport rich.console, pydantic.v1", tmp_path)

    assert {"rich.console", "pydantic.v1"} <= loaded


def test_the_collector_is_at_work_again(tmp_path: Path) -> None:
    assert "csv" in loaded_by(f"{_SERVER}\nimport gc\nif gc.isenabled(): import csv", tmp_path)
