"""What holds for every command: help, versions, mistakes, how a command ends."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from codex2api import __version__
from codex2api.cli import COMMANDS, main
from codex2api.cli.terminal import Exit, fail, print_json, run_async, settings_from

HEAVY = ("aiohttp", "asyncio", "fastapi", "pydantic", "structlog", "uvicorn", "codex2api.settings")


def test_help_lists_every_command_and_imports_none_of_them() -> None:
    program = (
        "import sys\n"
        "from codex2api.cli import main\n"
        "main(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    *shown, imported = done.stdout.splitlines()
    assert [name for name in COMMANDS if not any(name in line for line in shown)] == []
    assert imported == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_is_there_and_explains_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert command.help
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == Exit.OK


def test_the_version() -> None:
    done = CliRunner().invoke(main, ["--version"], prog_name="codex2api")

    assert done.stdout == f"codex2api {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "meant"), [("stauts", "status"), ("sreve", "serve"), ("Login", "login"), ("?", None)]
)
def test_a_mistyped_command_names_the_nearest(typed: str, meant: str | None) -> None:
    done = CliRunner().invoke(main, [typed])

    assert done.exit_code == Exit.USAGE
    assert f"There is no command '{typed}'." in done.stderr
    assert meant is None or f"'{meant}'" in done.stderr


def test_python_m_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "codex2api", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"codex2api {__version__}\n"


@click.group()
@click.option("--config")
@click.pass_context
def program(ctx: click.Context, config: str | None) -> None:
    ctx.obj = {"config": config}


@program.command()
@click.option("--port")
@click.pass_context
def port(ctx: click.Context, port: str | None) -> None:
    print_json({"port": settings_from(ctx, {"server.port": port}).server.port})


@program.command()
def broken() -> None:
    fail("The line is cut.", Exit.UNREACHABLE)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PORT", "CONFIG_PATH", "CODEX2API_SERVER__PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path))
    return tmp_path


def test_options_beat_the_config_file_named_before_the_command(home: Path) -> None:
    file = home / "other.json"
    file.write_text('{"server": {"port": 4001}}')

    named = CliRunner().invoke(program, ["--config", str(file), "port"])
    beaten = CliRunner().invoke(program, ["--config", str(file), "port", "--port", "4002"])

    assert named.stdout == '{\n  "port": 4001\n}\n'
    assert beaten.stdout == '{\n  "port": 4002\n}\n'


@pytest.mark.usefixtures("home")
def test_a_bad_setting_is_wrong_usage() -> None:
    done = CliRunner().invoke(program, ["port", "--port", "http"])

    assert done.exit_code == Exit.USAGE
    assert done.stdout == ""
    assert "server.port = 'http' (command line)" in done.stderr


def test_a_failure_is_one_sentence_on_stderr() -> None:
    done = CliRunner().invoke(program, ["broken"])

    assert done.exit_code == Exit.UNREACHABLE
    assert (done.stdout, done.stderr) == ("", "Error: The line is cut.\n")


def test_ctrl_c_in_a_coroutine_is_130() -> None:
    async def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        run_async(interrupted())
    assert ended.value.code == Exit.INTERRUPTED


def test_ctrl_c_in_any_command_is_130() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    group = type(main)(name="codex2api", callback=interrupted, invoke_without_command=True)

    assert CliRunner().invoke(group, []).exit_code == Exit.INTERRUPTED
