"""Client keys in the database: what is stored of them, and what several processes make of it."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from codex2api.callers.counter import EVERYBODY, Addition, Count
from codex2api.callers.grants import Grants
from codex2api.callers.keys import ClientKey, new_key
from codex2api.errors import ApiError, Kind
from codex2api.store.keys import SqlKeys
from tests.callers.house import granted, regrant
from tests.store.opened import NOW, KeysIn, opened as opened_on_sqlite, opened_keys

FULL = granted(
    account="anne",
    models="gpt-5*",
    requests="1/1s",
    tokens="2/1m",
    concurrency=3,
    weekly_share="4%",
    reasoning="o3",
    reserve=True,
)


def created(name: str = "anne", grants: Grants = FULL) -> tuple[str, ClientKey]:
    return new_key(name, grants, int(NOW) + 60, NOW)


async def all_of(store: SqlKeys) -> list[ClientKey]:
    found = await store.read()
    assert found is not None
    return list(found.keys)


def content(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_a_key_comes_back_as_it_was(tmp_path: Path, keys_in: KeysIn) -> None:
    _, key = created()
    async with keys_in(tmp_path) as store:
        await store.add(key)
    async with keys_in(tmp_path) as store:
        assert await all_of(store) == [key]


async def test_the_key_itself_is_in_no_file(tmp_path: Path) -> None:
    secret, key = created()
    async with opened_keys(tmp_path / "a.db") as store:
        await store.add(key)
        stored = content(tmp_path)
    assert key.digest in stored
    assert secret.encode() not in stored
    assert secret[7:-4].encode() not in stored


async def test_what_has_not_changed_is_not_read_again(tmp_path: Path, keys_in: KeysIn) -> None:
    async with keys_in(tmp_path) as store:
        versions = []
        for step in (
            store.add(created()[1]),
            store.change("anne", regrant(requests="9/1d")),
            store.remove("anne"),
        ):
            await step
            found = await store.read()
            assert found is not None
            assert await store.read(found.version) is None
            versions.append(found.version)
        await store.count([Addition(EVERYBODY, "week:a", 1, 0, 1, 1, 604_800)], {})
        assert await store.read(versions[-1]) is None
    assert len(set(versions)) == 3


async def test_names_are_taken_once(tmp_path: Path, keys_in: KeysIn) -> None:
    async with keys_in(tmp_path) as store:
        tries = [store.add(created()[1]) for _ in range(4)]
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        assert len(await all_of(store)) == 1
    refusals = [error for error in outcomes if isinstance(error, ApiError)]
    assert [error.code for error in refusals] == ["name_taken"] * 3


async def test_what_is_not_there_is_named(tmp_path: Path, keys_in: KeysIn) -> None:
    async with keys_in(tmp_path) as store:
        for step in (store.remove("ben"), store.change("ben", regrant())):
            with pytest.raises(ApiError, match="no API key of the name 'ben'") as caught:
                await step
            assert caught.value.kind is Kind.NOT_FOUND


async def test_counters_of_several_processes_add_up(tmp_path: Path, keys_in: KeysIn) -> None:
    _, key = created()
    async with keys_in(tmp_path) as one, keys_in(tmp_path) as two:
        await one.add(key)

        def requests(began: int, amount: int) -> list[Addition]:
            return [Addition(key.id, "requests/60", began, 0, amount, amount, 60)]

        assert await one.count(requests(60, 2), {}) == [Count(key.id, "requests/60", 60, 2)]
        assert await two.count(requests(60, 3), {}) == [Count(key.id, "requests/60", 60, 5)]
        assert await one.count(requests(120, 1), {}) == [Count(key.id, "requests/60", 120, 1)]
        assert await two.count(requests(60, 7), {}) == [Count(key.id, "requests/60", 120, 1)]
        assert await two.count(requests(7260, 9), {}) == [Count(key.id, "requests/60", 7260, 9)]
        set_back = await one.count(requests(120, 1), {})
        assert set_back == [Count(key.id, "requests/60", 120, 1)], "the clock was wrong"
        found = await two.read()
        assert found is not None
        assert found.counts == [Count(key.id, "requests/60", 120, 1)]


async def test_of_how_full_a_week_was_the_first_word_counts(
    tmp_path: Path, keys_in: KeysIn
) -> None:
    async with keys_in(tmp_path) as store:

        def base(began: int, amount: int) -> list[Addition]:
            return [Addition(EVERYBODY, "base:a", began, 100, amount, 0, 1000)]

        totals = [
            (await store.count(base(began, amount), {}))[0].total
            for began, amount in ((1000, 40), (1050, 60), (950, 70), (2000, 3))
        ]
    assert totals == [40, 40, 40, 3]


async def test_a_revoked_key_leaves_nothing_behind(tmp_path: Path, keys_in: KeysIn) -> None:
    _, key = created()
    late = [Addition(key.id, "requests/60", 60, 0, 1, 1, 60)]
    async with keys_in(tmp_path) as store:
        await store.add(key)
        await store.count(late, {key.id: 5})
        assert (await all_of(store))[0].last_used == 5
        await store.remove("anne")
        assert await store.count(late, {key.id: 6}) == []
        found = await store.read()
    assert found is not None
    assert (found.keys, found.counts) == ([], [])


async def test_limits_that_only_a_newer_version_knows_are_not_overlooked(tmp_path: Path) -> None:
    async with opened_keys(tmp_path / "a.db") as store:
        await store.add(created()[1])
        await store.add(created("ben")[1])
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.begin() as connection:
        news = text("UPDATE client_keys SET grants = :grants WHERE name = 'anne'")
        connection.execute(news, {"grants": b'{"moonlight":3}'})
    engine.dispose()
    async with opened_keys(tmp_path / "a.db") as store:
        assert [key.name for key in await all_of(store)] == ["ben"]
        with pytest.raises(ApiError, match="newer version"):
            await store.change("anne", regrant())
        await store.remove("anne")


async def test_the_database_of_the_server_has_them_too(tmp_path: Path) -> None:
    _, key = created()
    async with opened_on_sqlite(tmp_path) as state:
        await state.keys.add(key)
        async with opened_keys(tmp_path / "codex2api.db") as store:
            assert await all_of(store) == [key]
