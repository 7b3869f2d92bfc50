"""The database goes away while replicas serve: streams go on, and no rotated token is lost."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.postgres import PostgresProcess
from tests.replicas.fleet import PATIENCE, Fleet, Replica, fleet

DELTAS = 200
SLOW = {"role": "user", "content": f"SCENARIO:text:n={DELTAS}:size=4:d=50"}


@asynccontextmanager
async def two_replicas(
    folder: Path, server: PostgresProcess, seconds: int | None = None
) -> AsyncIterator[Fleet]:
    async with fleet(folder / "home", server) as running:
        await running.sign_in(folder, seconds)
        await running.start(2)
        yield running


async def stream(running: Fleet, replica: Replica, begun: asyncio.Queue[None]) -> str:
    """The text of a slow answer; its beginning is told."""
    body = {"model": "gpt-5.5", "stream": True, "messages": [SLOW]}
    url = f"{replica.url}/v1/chat/completions"
    text, ended = "", False
    async with running.http.post(url, json=body, headers=running.bearer) as response:
        assert response.status == 200
        async for line in response.content:
            if not line.startswith(b"data: "):
                continue
            if line.strip() == b"data: [DONE]":
                ended = True
                continue
            delta = json.loads(line[6:])["choices"][0]["delta"].get("content")
            if delta and not text:
                begun.put_nowait(None)
            text += delta or ""
    assert ended
    return text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
async def test_streams_and_cached_tokens_need_no_database(
    tmp_path: Path, own_postgres: PostgresProcess, number: int
) -> None:
    async with two_replicas(tmp_path, own_postgres) as running:
        for replica in running.replicas:
            assert (await running.ask(replica)).status == 200
        begun: asyncio.Queue[None] = asyncio.Queue()
        streams = [
            asyncio.create_task(stream(running, replica, begun))
            for replica in running.replicas * 10
        ]
        for _ in streams:
            await asyncio.wait_for(begun.get(), PATIENCE)
        await asyncio.to_thread(own_postgres.stop, number)
        assert not any(each.done() for each in streams)
        for replica in running.replicas:
            answers = await asyncio.gather(*(running.ask(replica) for _ in range(20)))
            assert {answer.status for answer in answers} == {200}
            assert await running.readiness(replica) == 200
            await ask_for_what_is_stored(running, replica, away=True)
        await asyncio.to_thread(own_postgres.start)
        for replica in running.replicas:
            await ask_for_what_is_stored(running, replica, away=False)
        texts = await asyncio.gather(*streams)
        assert len(set(texts)) == 1
        assert texts[0].split()[-1] == f"w{DELTAS - 2}"


async def ask_for_what_is_stored(running: Fleet, replica: Replica, *, away: bool) -> None:
    answer = await running.ask(replica, "/v1/responses", model="gpt-5.5", input="hello")
    assert (answer.status, answer.body["store"]) == (200, not away)
    talk = await running.ask(replica, "/v1/conversations", metadata={"a": "b"})
    kept = await running.ask(
        replica,
        model="gpt-5.5",
        messages=[{"role": "user", "content": "hello"}],
        store=True,
    )
    if not away:
        assert (talk.status, kept.status) == (200, 200)
        return
    for refused in (talk, kept):
        assert (refused.status, refused.code) == (503, "storage_unavailable")
        assert int(refused.headers["Retry-After"]) > 0


async def test_a_token_that_is_rotated_while_the_database_is_away_is_not_lost(
    tmp_path: Path, own_postgres: PostgresProcess
) -> None:
    async with two_replicas(tmp_path, own_postgres, seconds=1) as running:
        one, two = running.replicas
        running.delay_refreshes(1.0)
        asking = asyncio.create_task(running.ask(one))
        await running.until(lambda counted: counted.attempts == 1)
        await asyncio.to_thread(own_postgres.stop)
        await running.until(lambda counted: counted.succeeded == 1)
        await asyncio.to_thread(own_postgres.start)
        assert (await asking).status == 200
        assert (await running.ask(two)).status == 200
        assert running.simulator.state.refreshes.attempts == 1
        assert await one.end() == 0
        await running.start(1)
        assert (await running.ask(running.replicas[-1])).status == 200
        assert running.simulator.state.refreshes.attempts == 1


async def test_a_read_only_database_costs_readiness_and_no_token(
    tmp_path: Path, own_postgres: PostgresProcess
) -> None:
    async with two_replicas(tmp_path, own_postgres, seconds=1) as running:
        (replica, _) = running.replicas
        assert await running.readiness(replica) == 200
        await read_only(own_postgres, "on")
        answer = await running.ask(replica)
        assert (answer.status, answer.code) == (503, "storage_unavailable")
        assert await running.readiness(replica) == 503
        assert running.simulator.state.refreshes.attempts == 0
        await read_only(own_postgres, "off")
        assert (await running.ask(replica)).status == 200
        assert await running.readiness(replica) == 200
        assert running.simulator.state.refreshes.attempts == 1


async def read_only(server: PostgresProcess, value: str) -> None:
    """As a standby is, or a primary whose disk is full; the server needs no restart for it."""
    connection = await server.connect()
    await connection.execute("SET default_transaction_read_only = off")
    await connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()
    for _ in range(1000):
        looking = await server.connect()
        now = await looking.fetchval("SHOW default_transaction_read_only")
        await looking.close()
        if now == value:
            return
        await asyncio.sleep(0.02)
