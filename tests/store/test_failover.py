"""A primary dies and its standby is promoted: no token is spent or lost meanwhile."""

import asyncio
from collections.abc import Iterator

import pytest

from codex2api.errors import ApiError, Kind
from codex2api.store.postgres import PostgresDatabase
from tests.postgres import PostgresProcess, postgres
from tests.store.test_accounts import ANNE, NEW, replica


@pytest.fixture
def standby(own_postgres: PostgresProcess) -> Iterator[PostgresProcess]:
    with postgres(primary=own_postgres) as standby:
        yield standby


def url_of(*servers: PostgresProcess) -> str:
    """As libpq writes several hosts; the standby comes first, to be found out."""
    hosts = ",".join(f"127.0.0.1:{server.port}" for server in servers)
    return f"postgresql://postgres@{hosts}/postgres"


async def caught_up(primary: PostgresProcess, standby: PostgresProcess) -> None:
    """Until the standby has everything: its replication is not synchronous."""
    connection = await primary.connect()
    position = await connection.fetchval("SELECT pg_current_wal_lsn()::text")
    await connection.close()
    follower = await standby.connect()
    query = "SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn"
    for _ in range(1000):
        if await follower.fetchval(query, position):
            break
        await asyncio.sleep(0.02)
    else:
        pytest.fail("the standby did not follow")
    await follower.close()


async def test_a_rotated_token_goes_to_the_new_primary(
    own_postgres: PostgresProcess, standby: PostgresProcess
) -> None:
    url = url_of(standby, own_postgres)
    async with replica(url, patience=60.0) as accounts:
        await accounts.add(ANNE)
        await caught_up(own_postgres, standby)
        async with accounts.refresh_turn("default"):
            await caught_up(own_postgres, standby)
            await asyncio.to_thread(own_postgres.stop)
            saving = asyncio.create_task(accounts.save_tokens("default", NEW))
            await asyncio.sleep(1.0)
            assert not saving.done()  # the standby has not taken it
            await asyncio.to_thread(standby.ask, "SELECT pg_promote()")
            assert (await saving).tokens == NEW
    async with replica(standby.url()) as accounts:
        assert [account.tokens for account in await accounts.accounts()] == [NEW]


async def test_between_two_primaries_callers_are_told_and_no_token_is_spent(
    own_postgres: PostgresProcess, standby: PostgresProcess
) -> None:
    async with replica(url_of(standby, own_postgres)) as accounts:
        await accounts.add(ANNE)
        assert list(await accounts.accounts()) == [ANNE]
        await caught_up(own_postgres, standby)
        await asyncio.to_thread(own_postgres.stop)
        with pytest.raises(ApiError) as caught:
            async with accounts.refresh_turn("default"):
                pytest.fail("a standby has given the turn away")
        assert caught.value.kind is Kind.STORAGE_UNAVAILABLE
        assert list(await accounts.accounts()) == [ANNE]
        await asyncio.to_thread(standby.ask, "SELECT pg_promote()")
        async with accounts.refresh_turn("default") as account:
            assert account == ANNE


async def test_a_standby_alone_is_read_only_until_it_is_promoted(
    own_postgres: PostgresProcess, standby: PostgresProcess
) -> None:
    database = PostgresDatabase(standby.url())
    with pytest.raises(ApiError) as caught:
        await database.open()
    assert caught.value.kind is Kind.STORAGE_UNAVAILABLE
    assert database.is_read_only
    await asyncio.to_thread(standby.ask, "SELECT pg_promote()")
    await database.write(lambda connection: connection.exec_driver_sql("SELECT 1").scalar())
    assert not database.is_read_only
    await database.close()
