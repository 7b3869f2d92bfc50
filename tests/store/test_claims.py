"""Claims: one holder at a time, by the database's clock, and none for ever."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, text

from codex2api.errors import ApiError, Kind
from codex2api.store.claims import Claims
from codex2api.store.postgres import PostgresDatabase

FOREVER = 3600.0


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[PostgresDatabase]:
    database = PostgresDatabase(database_url)
    yield database
    await database.close()


async def rows(database: PostgresDatabase) -> list[Any]:
    query = text("SELECT name, owner FROM claims")
    return [tuple(row) for row in await database.read(lambda c: c.execute(query).all())]


async def until_expired(database: PostgresDatabase) -> None:
    expired = text(
        "SELECT pg_sleep(greatest(0, extract(epoch from until - now())) + 0.1) FROM claims"
    )
    await database.read(lambda c: c.execute(expired).all())


async def test_one_at_a_time_among_tasks_and_replicas(database: PostgresDatabase) -> None:
    replicas = [Claims(database, owner) for owner in ("a", "b", "c")]
    inside = []

    async def work(claims: Claims) -> None:
        async with claims.take("x"):
            inside.append(claims)
            assert len(inside) == 1
            await asyncio.sleep(0.01)
            inside.remove(claims)

    await asyncio.gather(*(work(claims) for claims in replicas * 5))
    assert await rows(database) == []


async def test_other_names_are_other_turns(database: PostgresDatabase) -> None:
    async with Claims(database, "a").take("x"), Claims(database, "b").take("y"):
        assert sorted(await rows(database)) == [("x", "a"), ("y", "b")]


async def test_a_living_holder_keeps_it_longer_than_a_claim_lasts(
    database: PostgresDatabase,
) -> None:
    holder = Claims(database, "a", life=0.3, grace=0.0)
    other = Claims(database, "b", life=0.3, grace=0.0)
    async with holder.take("x"):
        with pytest.raises(ApiError, match="Another replica") as caught:
            async with other.take("x", patience=1.5):
                pass
        assert caught.value.kind is Kind.STORAGE_UNAVAILABLE
        assert await rows(database) == [("x", "a")]


async def test_a_dead_holder_is_followed_after_its_claim_and_a_grace(
    database: PostgresDatabase,
) -> None:
    dead = Claims(database, "dead", life=0.2, grace=0.0)
    turn = dead.take("x")
    await turn.__aenter__()
    await dead.close()  # no further sign
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with Claims(database, "b", grace=0.5).take("x"):
        assert loop.time() - began >= 0.5
        assert await rows(database) == [("x", "b")]


async def test_a_holder_that_comes_back_within_the_grace_keeps_it(
    database: PostgresDatabase,
) -> None:
    cut_off = Claims(database, "a", life=0.2, grace=0.0)
    lost = cut_off.take("x")
    await lost.__aenter__()
    await cut_off.close()
    follower = Claims(database, "b", grace=FOREVER)

    async def follow() -> None:
        async with follower.take("x"):
            assert await rows(database) == [("x", "b")]

    following = asyncio.create_task(follow())
    await until_expired(database)
    async with Claims(database, "a").take("x"):
        assert await rows(database) == [("x", "a")]
        assert not following.done()
    await following


async def test_the_end_of_a_claim_costs_no_connection_in_the_middle_of_a_sign(
    database: PostgresDatabase,
) -> None:
    """A renewal that waits for the row is heard out; cancelled, it would lose its connection."""
    connected = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    waiting = text("SELECT 1 FROM pg_locks WHERE NOT granted")

    def hold_row(connection: Connection) -> None:
        connection.execute(text("SELECT name FROM claims FOR UPDATE"))
        while not connection.execute(waiting).all():
            connection.execute(text("SELECT pg_sleep(0.02)"))
        ending.set()
        connection.execute(text("SELECT pg_sleep(0.2)"))

    ending = asyncio.Event()
    claims = Claims(database, "a", life=0.1)
    async with claims.take("x"):
        holding = asyncio.create_task(database.write(hold_row))
        await ending.wait()
        before = set(await database.read(lambda c: c.scalars(connected).all()))
    await holding
    after = set(await database.read(lambda c: c.scalars(connected).all()))
    assert before <= after
    assert await rows(database) == []


async def test_clocks_of_replicas_do_not_matter(database: PostgresDatabase) -> None:
    """Nothing of ours tells a time to the database: what it stores is its own ``now()``."""
    async with Claims(database, "a").take("x"):
        query = text(
            "SELECT until BETWEEN now() + interval '20 s' AND now() + interval '28 s' FROM claims"
        )
        assert await database.read(lambda c: c.execute(query).scalar())


async def test_a_kept_claim_lasts_beyond_its_block(database: PostgresDatabase) -> None:
    claims = Claims(database, "a", life=0.3)
    async with claims.take("x"):
        claims.keep("x")
    await asyncio.sleep(0.5)
    alive = text("SELECT until > now() FROM claims")
    assert await database.read(lambda c: c.execute(alive).scalar())
    async with claims.take("x"):
        await claims.let_go("x")  # in use again: it ends with that
        assert await rows(database) == [("x", "a")]
    assert await rows(database) == []
    async with claims.take("x"):
        claims.keep("x")
    await claims.let_go("x")
    assert await rows(database) == []
