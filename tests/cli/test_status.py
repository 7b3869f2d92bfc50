"""``codex2api status``: how everything stands, for people and for programs."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from codex2api.cli.account_lines import reported
from codex2api.cli.gauges import AccountLine, Gauge, Style
from codex2api.cli.standing import Standing, as_json, lines_of
from tests.accounts.fakes import account
from tests.cli.at_terminal import at_terminal
from tests.cli.server_process import PATIENCE, environment, serving
from tests.cli.signed_in import signed_in, simulated, variables
from tests.served import sign_in

NOW = datetime(2026, 11, 20, 13, 51, tzinfo=UTC)
WINDOW = Gauge("5h", 300, 38, NOW + timedelta(hours=2), NOW - timedelta(seconds=12))
ADA = AccountLine(
    *("default", "ada@example.org", "pro", "active", None, None, None, (WINDOW,)),
    id="acc",
    email="ada@example.org",
)
RUNNING = Standing(
    "http://127.0.0.1:3000", running=True, started_at=NOW - timedelta(minutes=192), source="server",
    accounts=(ADA,),
)  # fmt: skip


def texts(standing: Standing, **style: int) -> list[str]:
    return [text for text, _ in lines_of(standing, NOW, Style(**style))]


def test_the_server_and_its_accounts() -> None:
    lines = texts(RUNNING, width=100)

    assert lines[0] == "Server    ● running   http://127.0.0.1:3000   up 3 h 12 m   dashboard: /"
    assert lines[1] == ""
    assert lines[2] == "ada@example.org   Pro   active"
    assert lines[-1] == "Limits as of 12 s ago; --refresh asks again."


def test_a_narrow_terminal_gets_one_fact_a_line() -> None:
    assert texts(RUNNING, width=50)[:5] == [
        "Server",
        "  ● running",
        "  http://127.0.0.1:3000",
        "  up 3 h 12 m",
        "  dashboard: /",
    ]


def test_no_server() -> None:
    nobody = Standing("http://127.0.0.1:3000", running=False, started_at=None, source="files")

    assert texts(nobody) == ["Server    not running"]
    assert as_json(nobody, NOW)["server"] == {
        "running": False,
        "url": "http://127.0.0.1:3000",
        "uptime_seconds": None,
    }


def test_for_programs() -> None:
    told = as_json(RUNNING, NOW)

    assert (told["schema"], told["source"]) == (1, "server")
    assert told["server"]["uptime_seconds"] == 11_520
    [account] = told["accounts"]
    assert account["windows"] == [
        {
            "name": "5h",
            "minutes": 300,
            "family": "codex",
            "used_percent": 38,
            "resets_at": "2026-11-20T15:51:00Z",
            "as_of": "2026-11-20T13:50:48Z",
        }
    ]
    named = ("account", "id", "email", "plan", "state", "as_of")
    assert [account[name] for name in named] == [
        *("default", "acc", "ada@example.org", "pro", "active", "2026-11-20T13:50:48Z")
    ]


def status(
    home: Path, *options: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codex2api", "status", *options],
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment(home) | {"PORT": "1", **(env or {})},
        timeout=PATIENCE,
    )


def test_beside_a_server(tmp_path: Path) -> None:
    with signed_in(tmp_path) as server:
        told = status(tmp_path, env={"PORT": str(server.port)})
        programs = json.loads(status(tmp_path, "--json", env={"PORT": str(server.port)}).stdout)

    assert told.returncode == 0
    assert f"● running   {server.url}   up " in told.stdout
    assert programs["server"]["uptime_seconds"] >= 0
    assert programs["source"] == "server"


def test_one_account(tmp_path: Path) -> None:
    with simulated() as simulator:
        for label in (None, "work"):
            sign_in(tmp_path, simulator, label=label)
        env = variables(simulator)
        one = status(tmp_path, "work", "--refresh", env=env)
        wrong = status(tmp_path, "wrok", env=env)

    assert (one.returncode, "default" in one.stdout) == (0, False)
    assert "work: " in one.stdout
    assert "% used" in one.stdout
    assert wrong.returncode == 2
    assert "There is no account 'wrok'; there are: default, work." in wrong.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [(["--watch"], "--watch needs a terminal"), (["--watch", "--json"], "exclude each other")],
)
def test_watching_needs_a_terminal(tmp_path: Path, options: list[str], said: str) -> None:
    done = status(tmp_path, *options)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_watching_redraws_in_place_until_ctrl_c(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-login") as server:
        watching = at_terminal(tmp_path, "status", "--watch", env={"PORT": str(server.port)})
        with watching as terminal:
            seen = terminal.wait_for("Ctrl-C ends", times=2)
            code = terminal.interrupt()

    assert code == 130
    assert "\x1b[3A\x1b[J" in seen, "the three lines are drawn over"
    assert "\x1b[2J" not in seen
    assert "Traceback" not in terminal.seen


@pytest.mark.parametrize(
    ("env", "bar"), [({"TERM": "dumb"}, "["), ({"PYTHONIOENCODING": "latin-1"}, "["), ({}, "━")]
)
def test_bars_by_what_the_terminal_can_show(tmp_path: Path, env: dict[str, str], bar: str) -> None:
    with simulated() as simulator:
        sign_in(tmp_path, simulator)
        with at_terminal(
            tmp_path, "status", "--refresh", env={**variables(simulator), "PORT": "1", **env}
        ) as terminal:
            assert terminal.end() == 0

    assert bar in terminal.seen.partition("5 hours")[2].splitlines()[0]
    assert ("\x1b[" in terminal.seen) is (env.get("TERM") != "dumb")


@pytest.mark.parametrize(("used", "state"), [(99.0, "active"), (100.0, "limited")])
def test_an_account_with_an_empty_window_is_limited_before_it_was_refused(
    used: float, state: str
) -> None:
    now = datetime.now(UTC)
    window = {
        "name": "5h",
        "minutes": 300,
        "family": "codex",
        "used_percent": used,
        "resets_at": (now + timedelta(hours=1)).isoformat(),
        "as_of": now.isoformat(),
    }
    line = reported(account("a"), {"state": "active", "windows": [window]})

    assert line.state == state
    assert (line.until is not None) == (state == "limited")
