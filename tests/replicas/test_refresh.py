"""Three replicas, one expired token: refreshed once, whoever dies meanwhile."""

import asyncio
import signal
from pathlib import Path

from tests.postgres import PostgresProcess
from tests.replicas.fleet import fleet


async def test_200_requests_on_an_expired_token_cost_one_refresh(
    tmp_path: Path, postgres_server: PostgresProcess
) -> None:
    async with fleet(tmp_path / "home", postgres_server) as running:
        await running.sign_in(tmp_path, seconds=1)
        await running.start(3)
        running.delay_refreshes(0.5)
        asked = [running.ask(running.replicas[number % 3]) for number in range(200)]
        answers = await asyncio.gather(*asked)
        assert [answer.status for answer in answers] == [200] * 200
        assert running.simulator.state.refreshes.attempts == 1


async def test_clocks_that_differ_by_ten_minutes_cost_no_second_refresh(
    tmp_path: Path, postgres_server: PostgresProcess
) -> None:
    async with fleet(tmp_path / "home", postgres_server) as running:
        await running.sign_in(tmp_path, seconds=1)
        running.replicas += [await running.one(ahead) for ahead in (-300.0, 300.0)]
        running.delay_refreshes(0.5)
        asked = [running.ask(running.replicas[number % 2]) for number in range(40)]
        answers = await asyncio.gather(*asked)
        assert [answer.status for answer in answers] == [200] * 40
        for replica in running.replicas:
            assert (await running.ask(replica)).status == 200
        assert running.simulator.state.refreshes.attempts == 1
        assert running.simulator.state.refreshes.most_at_once == 1


async def test_who_dies_while_refreshing_is_followed(
    tmp_path: Path, postgres_server: PostgresProcess
) -> None:
    async with fleet(tmp_path / "home", postgres_server) as running:
        await running.sign_in(tmp_path, seconds=1)
        await running.start(2)
        one, two = running.replicas
        running.delay_refreshes(3600)
        asking = asyncio.create_task(running.ask(one))
        await running.until(lambda counted: counted.attempts == 1)
        await one.end(signal.SIGKILL)
        await asyncio.gather(asking, return_exceptions=True)
        running.delay_refreshes(0)
        expiring = "UPDATE claims SET until = now() - interval '1 s' RETURNING name"
        gone = await asyncio.to_thread(postgres_server.ask, expiring, running.database)
        assert [row["name"] for row in gone] == ["default"]  # what 27 seconds would do
        assert (await running.ask(two)).status == 200
        assert running.simulator.state.refreshes.attempts == 2
        left = await asyncio.to_thread(
            postgres_server.ask, "SELECT * FROM claims", running.database
        )
        assert left == []


async def test_commands_share_the_accounts_with_the_replicas(
    tmp_path: Path, postgres_server: PostgresProcess
) -> None:
    async with fleet(tmp_path / "home", postgres_server) as running:
        await running.start(1)
        (replica,) = running.replicas
        assert (await running.ask(replica)).code == "no_account"
        await running.sign_in(tmp_path)
        status = await asyncio.to_thread(running.run, "status")
        assert status.returncode == 0
        assert "demo@simulated.invalid" in status.stdout
        assert not (running.home / "data" / "tokens.json").exists()
        assert not (running.home / "data" / "codex2api.db").exists()
        await asyncio.sleep(1)  # for so long a copy is good
        assert (await running.ask(replica)).status == 200
        done = await asyncio.to_thread(running.run, "logout", "-y")
        assert done.returncode == 0, done.stderr
        await asyncio.sleep(1)
        assert (await running.ask(replica)).code == "no_account"
