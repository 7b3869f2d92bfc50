"""Light commands stay light: what they must not import costs half a second of everybody's time."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import codex2api
from tests.cli.server_process import PATIENCE, environment

WEB = ("fastapi", "uvicorn", "aiohttp", "starlette")
STORE = ("sqlalchemy", "alembic", "asyncpg")

LIGHT = [
    ["--help"],
    ["--version"],
    ["status", "--help"],
    ["serve", "--help"],
    ["login", "--help"],
    ["doctor", "--help"],
    ["report", "--help"],
    ["logs", "--help"],
    ["keys", "--help"],
    ["keys", "create", "--help"],
    ["config", "list"],
    ["config", "get", "server.port"],
    ["config", "path"],
    ["status"],
    ["logs"],
    ["usage"],
    ["keys", "list"],
    ["completion", "zsh"],
    ["chat", "hi"],
    ["logout", "--help"],
    ["service", "install", "--print"],
]


def imported(home: Path, words: list[str]) -> list[str]:
    """Which of the heavy packages a command imports."""
    program = (
        "import sys\n"
        "from codex2api.cli import main\n"
        "try:\n"
        f"    main({words!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        f"print([name for name in {WEB + STORE!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment(home) | {"PORT": "1"},
        timeout=PATIENCE,
    )
    found: list[str] = eval(done.stderr.splitlines()[-1])
    return found


@pytest.mark.parametrize("words", LIGHT, ids=" ".join)
def test_light_commands_import_neither_web_nor_database(tmp_path: Path, words: list[str]) -> None:
    assert imported(tmp_path, words) == []


def test_we_draw_ourselves() -> None:
    """``rich`` would cost a light command as much again; structlog takes it where it finds it."""
    package = Path(codex2api.__file__).parent
    found = re.compile(r"^\s*(?:import|from) rich\b", re.MULTILINE)
    assert [path for path in package.rglob("*.py") if found.search(path.read_text("utf-8"))] == []


def test_help_speaks_the_language_of_the_shell_without_importing_more(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "codex2api", "--help"],
        check=True,
        capture_output=True,
        text=True,
        env=environment(tmp_path) | {"LC_ALL": "zh_CN.UTF-8"},
        timeout=PATIENCE,
    )

    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    heavy = {"asyncio", "json", "pydantic", "rich", "codex2api.cli.status", *WEB, *STORE}
    assert "codex2api.cli" in names
    assert not heavy & names
