"""logs, usage and status, as a person reads the ledger: with a server and without."""

import asyncio
import json
import signal
import sqlite3
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result

from codex2api.cli import main
from codex2api.cli.columns import dollars
from codex2api.ledger.calls import CallRecord
from codex2api.ledger.reports import Tokens
from codex2api.prices import list_price
from tests.cli.server_process import PATIENCE, environment, serving
from tests.ledger.calls import a_call, refused
from tests.served import served
from tests.store.opened import opened

DAY = 86_400_000
CHAT = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG_PATH", "CODEX2API_LEDGER__RETENTION_DAYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CODEX2API_HOME", str(tmp_path))
    monkeypatch.setenv("PORT", "1")  # nobody answers there
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def shown(*arguments: str) -> Any:
    done = run(*arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    return json.loads(done.stdout)


def kept(home: Path, calls: Sequence[CallRecord]) -> None:
    async def keep() -> None:
        async with opened(home / "data", time.time) as state:
            await state.ledger.add(calls)

    asyncio.run(keep())


def ago(milliseconds: int = 0, **fields: Any) -> CallRecord:
    return a_call(at=round(time.time() * 1000) - milliseconds, **fields)


@pytest.mark.parametrize("command", [["logs"], ["usage"]])
def test_before_the_first_request(home: Path, command: list[str]) -> None:
    done = run(*command)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "Nothing has been recorded yet.\n"
    assert not home.joinpath("data").exists(), "reading makes nothing"


def test_where_nothing_is_recorded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX2API_LEDGER__RETENTION_DAYS", "0")
    assert run("usage").stderr == "Nothing is recorded: ledger.retentionDays is 0.\n"


def test_logs_show_the_newest_last(home: Path) -> None:
    kept(home, [ago(client=f"app/{number}") for number in range(60)])
    lines = run("logs").stdout.splitlines()
    assert lines[0].startswith("TIME ")
    assert [line.split()[-1] for line in lines[1:]] == [f"app/{number}" for number in range(10, 60)]
    assert len(run("logs", "-n", "3").stdout.splitlines()) == 4


def test_logs_of_a_status(home: Path) -> None:
    kept(home, [ago(), refused(), refused(status=503, error="server_is_overloaded")])
    assert run("logs", "--status", "4xx").stdout.splitlines()[1].endswith("usage_limit_reached")
    assert [
        call["status"] for call in shown("logs", "--status", "error", "--json")["requests"]
    ] == [
        429,
        503,
    ]
    assert run("logs", "--status", "418").stderr == "There are no such requests.\n"
    wrong = run("logs", "--status", "odd")
    assert (wrong.exit_code, "4xx, 5xx" in wrong.stderr) == (2, True)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--model", "gpt-5.5"], ["a", "b"]),
        (["--model", "gpt-5.5-high"], ["a", "b", "c"]),
        (["--key", "ben"], ["b"]),
        (["--key", "key-2"], ["b"]),
        (["--account", "work"], ["c"]),
        (["--account", "work", "--status", "error"], []),
    ],
)
def test_logs_of_a_model_a_key_and_an_account(
    home: Path, options: list[str], found: list[str]
) -> None:
    calls = [
        ago(request_id="a"),
        ago(request_id="b", key="key-2", key_name="ben"),
        ago(request_id="c", model="strange", account="work"),
    ]
    kept(home, calls)
    told = shown("logs", "--json", *options)["requests"]
    assert [call["request_id"] for call in told] == found


def test_use_by_model(home: Path) -> None:
    kept(
        home,
        [ago(), ago(), ago(model="strange"), ago(2 * DAY), ago(30 * DAY, model="old")],
    )
    done = run("usage", "--days", "3")
    heads, *lines = done.stdout.splitlines()
    assert heads.split()[0] == "MODEL"
    assert [line.split()[:3] for line in lines] == [
        ["gpt-5.5", "3", "0"],
        ["strange", "1", "0"],
        ["total", "4", "0"],
    ]
    price = list_price("gpt-5.5", int(time.time() // 86_400), Tokens(3000, 1200, 300, 90), 3)
    assert price is not None
    assert lines[0].endswith(f"  {dollars(float(price))}")
    assert lines[1].endswith("  -")
    assert "not what you pay" in done.stderr
    assert "Not in it: 1 requests" in done.stderr


@pytest.mark.parametrize("by", ["model", "key", "account", "day"])
def test_use_for_programs(home: Path, by: str) -> None:
    kept(home, [ago(), ago(key="key-2", key_name="ben")])
    report = shown("usage", "--by", by, "--json", "--days", "2")
    assert (report["schema"], report["by"], report["days"]) == (1, by, 2)
    assert sum(group["requests"] for group in report["groups"]) == report["total"]["requests"] == 2
    assert report["total"]["cached_share"] == 0.4


def test_a_damaged_database_is_one_sentence(home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "codex2api.db").write_text("no database " * 1000)
    for command in ("logs", "usage"):
        done = run(command)
        assert done.exit_code == 1
        assert "The database of this server failed" in done.stderr


def test_status_tells_todays_use_without_a_server(home: Path) -> None:
    kept(home, [ago(), refused(at=round(time.time() * 1000)), ago(2 * DAY)])
    done = run("status")
    assert "Today     2 requests, 1 failed, 1.0k tokens in (40 % cached), 100 out" in done.stdout
    told = json.loads(run("status", "--json").stdout)
    assert (told["today"]["requests"], told["today"]["list_price_usd"]) == (2, None)


async def test_status_asks_the_server(tmp_path: Path) -> None:
    async with served(tmp_path) as product:
        async with httpx2.AsyncClient(base_url=product.url, headers=product.bearer) as client:
            await client.post("/v1/chat/completions", json=CHAT)
            async with asyncio.timeout(PATIENCE):
                while not (await client.get("/admin/api/requests")).json()["data"]:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        told = await json_of(tmp_path, "status", port=product.url.rpartition(":")[2])
    assert told["today"]["requests"] == 1


async def json_of(home: Path, *arguments: str, port: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "codex2api", *arguments, "--json"),
        stdout=asyncio.subprocess.PIPE,
        env=environment(home) | {"PORT": port},
    )
    out, _ = await process.communicate()
    return json.loads(out)


async def test_logs_follow_what_comes(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "codex2api", "logs", "-f", "--json", "--status", "error"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(tmp_path),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE):
            assert await process.stderr.readline() == b"Nothing has been recorded yet.\n"
            async with opened(tmp_path / "data", time.time) as state:
                for name in ("one", "two"):
                    await state.ledger.add([ago(), refused(request_id=name)])
                    line = json.loads(await process.stdout.readline())
                    assert line["request_id"] == name
    finally:
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 130


def records(home: Path) -> int:
    connection = sqlite3.connect(home / "data" / "codex2api.db")
    try:
        return int(connection.execute("SELECT count(*) FROM calls").fetchone()[0])
    except sqlite3.OperationalError:
        return 0
    finally:
        connection.close()


def ask(url: str, bearer: dict[str, str]) -> None:
    """Nobody is signed in: the refusal is what is recorded."""
    answer = httpx2.post(f"{url}/v1/chat/completions", headers=bearer, json=CHAT)
    assert answer.status_code == 401


def test_a_server_that_is_stopped_writes_first(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-login") as server:
        for _ in range(3):
            ask(server.url, server.bearer)
        assert server.end(signal.SIGTERM) == 0
    assert records(tmp_path) == 3


def test_a_server_that_is_killed_loses_what_is_younger_than_a_second(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-login") as server:
        ask(server.url, server.bearer)
        ends = time.monotonic() + PATIENCE
        while not records(tmp_path):
            assert time.monotonic() < ends
            time.sleep(0.05)
        ask(server.url, server.bearer)
        assert server.end(signal.SIGKILL) == -signal.SIGKILL
    assert records(tmp_path) in (1, 2)
    with serving(tmp_path, "--no-login") as server:
        ask(server.url, server.bearer)
        assert server.end(signal.SIGTERM) == 0
    assert records(tmp_path) in (2, 3)
    assert (tmp_path / "data" / "codex2api.db").stat().st_mode & 0o077 == 0
