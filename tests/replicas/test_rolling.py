"""A rolling restart behind a proxy, while a client goes on asking: nothing is lost."""

import asyncio
from pathlib import Path

from openai import AsyncOpenAI

from tests.postgres import PostgresProcess
from tests.replicas.balancer import Balancer, balanced
from tests.replicas.fleet import Fleet, fleet

CLIENTS = 8
PRE_STOP = 3.0
"""Seconds; in deploy/kubernetes it is five. What was on its way when the replica was taken out of
the service has come by then."""

TEXT = "SCENARIO:text:n=20:size=4:d=10"


async def test_a_rolling_restart_loses_no_request(
    tmp_path: Path, postgres_server: PostgresProcess
) -> None:
    async with fleet(tmp_path / "home", postgres_server) as running:
        await running.sign_in(tmp_path)
        await running.start(2)
        async with balanced([replica.port for replica in running.replicas]) as balancer:
            over = asyncio.Event()
            clients = [asyncio.create_task(ask_on(running, balancer, over)) for _ in range(CLIENTS)]
            for place in range(2):
                await restart(running, balancer, place)
            over.set()
            counts = await asyncio.gather(*clients)
    assert all(count > 1 for count in counts)


async def ask_on(running: Fleet, balancer: Balancer, over: asyncio.Event) -> int:
    """How many answers came, whole; the first that is missing fails the test."""
    key = running.bearer["authorization"].removeprefix("Bearer ")
    answers = 0
    while not over.is_set():
        url = f"http://127.0.0.1:{balancer.port}/v1"
        async with AsyncOpenAI(base_url=url, api_key=key, max_retries=0) as client:
            streamed = await client.chat.completions.create(
                model="gpt-5.5", messages=[{"role": "user", "content": TEXT}], stream=True
            )
            ends = [chunk.choices[0].finish_reason async for chunk in streamed if chunk.choices]
        assert ends[-1] == "stop"
        answers += 1
    return answers


async def restart(running: Fleet, balancer: Balancer, place: int) -> None:
    """As Kubernetes does it: out of the service, SIGTERM, a new one, in again when it is ready."""
    old = running.replicas[place]
    balancer.ports = [port for port in balancer.ports if port != old.port]
    await asyncio.sleep(PRE_STOP)
    assert await old.end() == 0
    new = await running.one()
    running.replicas[place] = new
    assert await running.readiness(new) == 200
    balancer.ports = [*balancer.ports, new.port]
