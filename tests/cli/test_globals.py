"""What holds before every command: home, colour, errors for programs, no traceback."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from codex2api.cli import LazyGroup, main
from codex2api.cli.terminal import coloured, hint, plain, say
from codex2api.cli.waiting import waiting
from tests.cli.at_terminal import at_terminal
from tests.cli.server_process import PATIENCE, environment


def run(*words: str, env: Mapping[str, str | None] | None = None) -> Result:
    return CliRunner().invoke(main, words, env=env)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CONFIG_PATH", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path / "usual"))


def test_home_and_profile_say_where_everything_lives(tmp_path: Path) -> None:
    other = run("--home", str(tmp_path / "other"), "config", "path")
    profile = run("--profile", "work", "config", "path")

    assert other.stdout == f"{tmp_path / 'other' / 'config.json'}\n"
    assert profile.stdout == f"{tmp_path / 'usual' / 'profiles' / 'work' / 'config.json'}\n"
    assert os.environ["CODEX2API_HOME"] == str(tmp_path / "usual"), "only for that command"


@pytest.mark.parametrize("name", ["../up", "", "a/b", "-x"])
def test_a_profile_is_a_name(name: str) -> None:
    assert run(f"--profile={name}", "config", "path").exit_code == 2


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (["status", "--json"], 4, None),
        (["keys", "show", "none", "--json"], 1, "failed"),
        (["config", "get", "server.prot", "--json"], 2, "usage"),
        (["logs", "--json", "--nonsense"], 2, "usage"),
        (["chat", "--json", "hi"], 3, "unreachable"),
    ],
)
def test_errors_are_json_for_programs(words: list[str], code: int, reason: str | None) -> None:
    done = run(*words, env={"PORT": "1"})

    assert done.exit_code == code
    if reason is not None:
        error = json.loads(done.stderr)
        assert (error["schema"], error["error"]["exit_code"]) == (1, code)
        assert error["error"]["reason"] == reason
        assert error["error"]["message"]


@pytest.mark.parametrize(
    ("options", "env", "expected"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        (["--color", "auto"], {"FORCE_COLOR": "1"}, True),
    ],
)
def test_who_decides_on_colours(options: list[str], env: dict[str, str], expected: bool) -> None:
    done = run(*options, "config", "get", "server.prot", env=env)

    assert ("\x1b[31m" in done.stderr) is expected


def test_a_terminal_shows_colours_unless_it_is_dumb(tmp_path: Path) -> None:
    for env, expected in (({}, True), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1"}, False)):
        with at_terminal(tmp_path, "config", "get", "nothing", env=env) as terminal:
            assert terminal.end() == 2
        assert ("\x1b[31m" in terminal.seen) is expected


class Stream:
    def __init__(self, *, tty: bool = True, encoding: str | None = "utf-8") -> None:
        self.written = ""
        self.encoding = encoding
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty

    def write(self, text: str) -> None:
        self.written += text

    def flush(self) -> None:
        pass


def test_what_a_stream_can_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert (coloured(Stream()), coloured(Stream(tty=False))) == (True, False)
    assert [plain(Stream(encoding=name)) for name in ("UTF-8", "ascii", None)] == [
        False,
        True,
        True,
    ]
    monkeypatch.setenv("TERM", "dumb")
    assert (coloured(Stream()), plain(Stream())) == (False, True)


def test_a_pipe_gets_no_spinner_and_quick_work_none_either() -> None:
    pipe, terminal = Stream(tty=False), Stream()
    for stream in (pipe, terminal):
        with waiting("Working", stream):  # type: ignore[arg-type]
            pass

    assert (pipe.written, terminal.written) == ("", "")


def test_slow_work_shows_a_spinner_and_takes_it_away() -> None:
    terminal = Stream()
    with waiting("Working", terminal):  # type: ignore[arg-type]
        while "Working" not in terminal.written:
            pass

    assert terminal.written.endswith(f"\r{' ' * len('* Working')}\r")


def _program(callback: Any) -> LazyGroup:
    group = LazyGroup(name="codex2api", invoke_without_command=True, callback=callback)
    group.params = list(main.params)
    return group


def broken(ctx: click.Context, **wishes: Any) -> None:
    ctx.obj = wishes
    raise LookupError("no token sk-aaaaaaaaaaaaaaaa of ada@example.org\nand more")


def test_a_bug_is_one_sentence_and_a_traceback_with_v_only() -> None:
    program = _program(click.pass_context(broken))
    quiet = CliRunner().invoke(program, [])
    loud = CliRunner().invoke(program, ["-v"])

    assert quiet.exit_code == loud.exit_code == 1
    assert quiet.stderr == (
        "Error: This should not have happened (LookupError: no token [hidden] of [hidden]). "
        "Where: codex2api -v COMMAND; for a bug report: codex2api report\n"
    )
    assert isinstance(loud.exception, LookupError)


def test_quiet_leaves_hints_out_and_nothing_else() -> None:
    def talks(ctx: click.Context, **wishes: Any) -> None:
        ctx.obj = wishes
        hint("a hint")
        say("a fact")

    program = _program(click.pass_context(talks))

    assert CliRunner().invoke(program, []).stderr == "a hint\na fact\n"
    assert CliRunner().invoke(program, ["-q"]).stderr == "a fact\n"


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    listing = f"{sys.executable} -m codex2api config list | head -n 1"
    done = subprocess.run(
        listing,
        shell=True,
        check=False,
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        timeout=PATIENCE,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("server.host")
