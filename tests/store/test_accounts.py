"""Accounts of replicas: encrypted, seen by all within a second, and no rotated token lost."""

import asyncio
import base64
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from codex2api.accounts.account import Account, Identity, TokenSet
from codex2api.errors import ApiError, Kind
from codex2api.store.accounts import SharedAccounts
from codex2api.store.claims import Claims
from codex2api.store.postgres import PostgresDatabase
from codex2api.store.sealing import Sealer
from tests.postgres import PostgresProcess

KEY = base64.b64encode(b"k" * 32).decode()
OTHER_KEY = base64.urlsafe_b64encode(os.urandom(32)).decode()
ANNE = Account("default", "ws-1", TokenSet("access-1", "refresh-1", 2e9), email="anne@example.org")
NEW = TokenSet("access-2", "refresh-2", 3e9)


@asynccontextmanager
async def replica(
    url: str, *keys: str, glance: float = 0.0, patience: float = 0.0
) -> AsyncIterator[SharedAccounts]:
    database = PostgresDatabase(url)
    claims = Claims(database, secrets.token_hex(4))
    accounts = SharedAccounts(
        database, Sealer(keys or (KEY,)), claims, glance=glance, patience=patience
    )
    try:
        yield accounts
    finally:
        await accounts.close()
        await database.close()


async def rows(url: str, query: str) -> list[Any]:
    database = PostgresDatabase(url)
    try:
        return await database.read(lambda c: [tuple(row) for row in c.execute(text(query))])
    finally:
        await database.close()


async def change(url: str, statement: str) -> None:
    database = PostgresDatabase(url)
    await database.write(lambda c: c.execute(text(statement)).rowcount)
    await database.close()


async def refreshed(accounts: SharedAccounts, tokens: TokenSet = NEW) -> Account:
    async with accounts.refresh_turn("default"):
        return await accounts.save_tokens("default", tokens)


async def test_a_pause_is_shared_and_kept_with_new_tokens(database_url: str) -> None:
    async with replica(database_url) as one, replica(database_url) as two:
        await one.add(ANNE)
        await two.accounts()
        await one.pause("default", paused=True)
        assert [account.paused for account in await two.accounts()] == [True]
        assert (await refreshed(two)).paused
        assert [account.tokens for account in await one.accounts()] == [NEW]
        await two.pause("default", paused=False)
        assert [account.paused for account in await one.accounts()] == [False]
        with pytest.raises(ApiError) as caught:
            await one.pause("none", paused=True)
        assert caught.value.kind is Kind.NO_ACCOUNT


async def test_accounts_are_shared_in_order(database_url: str) -> None:
    async with replica(database_url) as one, replica(database_url) as two:
        assert list(await two.accounts()) == []
        await one.add(replace(ANNE, label="alpha"))
        await one.add(ANNE)
        assert list(await two.accounts()) == [ANNE, replace(ANNE, label="alpha")]
        await two.remove("alpha")
        assert list(await one.accounts()) == [ANNE]
        with pytest.raises(ApiError) as caught:
            await one.remove("alpha")
        assert caught.value.kind is Kind.NO_ACCOUNT


async def test_a_copy_serves_for_a_glance(database_url: str) -> None:
    async with replica(database_url) as one, replica(database_url, glance=3600.0) as two:
        assert list(await two.accounts()) == []
        await one.add(ANNE)
        assert list(await two.accounts()) == []
        async with two.refresh_turn("default") as account:
            assert account == ANNE  # under the turn it is always read again
        assert list(await two.accounts()) == [ANNE]


async def test_nothing_of_a_sign_in_is_readable_in_the_database(database_url: str) -> None:
    async with replica(database_url) as accounts:
        await accounts.add(ANNE)
    ((content,),) = await rows(database_url, "SELECT content FROM accounts")
    for secret in (b"access-1", b"refresh-1", b"anne@example.org", b"ws-1"):
        assert secret not in content
        assert secret not in base64.urlsafe_b64decode(content)


async def test_a_label_is_checked(database_url: str) -> None:
    async with replica(database_url) as accounts:
        with pytest.raises(ApiError, match="1 to 64 letters"):
            await accounts.add(replace(ANNE, label="../x"))


async def test_refreshed_tokens_are_in_the_database_when_they_are_used(database_url: str) -> None:
    who = Identity("ws-1", user_id="user-1", plan="pro")
    async with replica(database_url) as one, replica(database_url) as two:
        await one.add(ANNE)
        account = await refreshed(one, replace(NEW, identity=who))
        assert (account.plan, account.email) == ("pro", "anne@example.org")
        (seen,) = await two.accounts()
        assert seen.tokens == NEW
        assert (seen.plan, seen.user_id) == ("pro", "user-1")


async def test_unknown_fields_survive(database_url: str) -> None:
    sealer = Sealer([KEY])
    async with replica(database_url) as accounts:
        await accounts.add(ANNE)
        database = accounts._database
        ((content,),) = await rows(database_url, "SELECT content FROM accounts")
        odd = sealer.seal(json.dumps(json.loads(sealer.open(content)) | {"note": "mine"}).encode())
        put = text("UPDATE accounts SET content = :content, revision = 'odd'")
        await database.write(lambda c: c.execute(put, {"content": odd}).rowcount)
        await refreshed(accounts)
    ((content,),) = await rows(database_url, "SELECT content FROM accounts")
    kept = json.loads(sealer.open(content))
    assert (kept["note"], kept["refresh_token"]) == ("mine", "refresh-2")


# -- keys ----------------------------------------------------------------------------------------


async def test_keys_are_changed_one_after_the_other(database_url: str) -> None:
    async with replica(database_url, KEY) as accounts:
        await accounts.add(ANNE)
    async with replica(database_url, OTHER_KEY, KEY) as accounts:
        assert list(await accounts.accounts()) == [ANNE]
    async with replica(database_url, OTHER_KEY) as accounts:  # it was encrypted anew
        assert list(await accounts.accounts()) == [ANNE]


async def test_a_missing_key_is_told_and_a_new_sign_in_helps(database_url: str) -> None:
    async with replica(database_url, KEY) as accounts:
        await accounts.add(ANNE)
    async with replica(database_url, OTHER_KEY) as accounts:
        with pytest.raises(ApiError, match="CODEX2API_SECRET_KEY") as caught:
            await accounts.accounts()
        assert caught.value.kind is Kind.SIGN_IN_REQUIRED
        with pytest.raises(ApiError, match="CODEX2API_SECRET_KEY"):
            async with accounts.refresh_turn("default"):
                pass
        await accounts.add(replace(ANNE, label="second"))
        assert [account.label for account in await accounts.accounts()] == ["second"]
        await accounts.add(ANNE)
        assert len(await accounts.accounts()) == 2


# -- the database away ---------------------------------------------------------------------------


async def test_without_a_database_the_copy_serves_and_a_refresh_fails(
    own_postgres: PostgresProcess,
) -> None:
    async with replica(own_postgres.url()) as accounts:
        await accounts.add(ANNE)
        assert list(await accounts.accounts()) == [ANNE]
        await asyncio.to_thread(own_postgres.stop)
        for _ in range(3):
            assert list(await accounts.accounts()) == [ANNE]
        with pytest.raises(ApiError) as caught:
            await refreshed(accounts)
        assert caught.value.kind is Kind.STORAGE_UNAVAILABLE
        await asyncio.to_thread(own_postgres.start)
        assert (await refreshed(accounts)).tokens == NEW


async def test_who_has_never_read_them_cannot_serve(own_postgres: PostgresProcess) -> None:
    await asyncio.to_thread(own_postgres.stop)
    async with replica(own_postgres.url(), glance=60) as accounts:
        for _ in range(3):  # not even within a glance is it said that there are none
            with pytest.raises(ApiError) as caught:
                await accounts.accounts()
            assert caught.value.kind is Kind.STORAGE_UNAVAILABLE
        await asyncio.to_thread(own_postgres.start)
        assert list(await accounts.accounts()) == []


async def test_tokens_are_saved_when_the_database_comes_back_in_time(
    own_postgres: PostgresProcess,
) -> None:
    async with replica(own_postgres.url(), patience=60.0) as accounts:
        await accounts.add(ANNE)
        async with accounts.refresh_turn("default"):
            await asyncio.to_thread(own_postgres.stop)
            saving = asyncio.create_task(accounts.save_tokens("default", NEW))
            await asyncio.sleep(0.1)
            assert not saving.done()
            assert list(await accounts.accounts()) == [ANNE]  # not used before it is saved
            await asyncio.to_thread(own_postgres.start)
            assert (await saving).tokens == NEW
    async with replica(own_postgres.url()) as accounts:
        assert [account.tokens for account in await accounts.accounts()] == [NEW]


async def test_a_rotated_token_outlives_the_absence_of_the_database(
    own_postgres: PostgresProcess,
) -> None:
    url = own_postgres.url()
    async with replica(url) as one, replica(url) as two:
        await one.add(ANNE)
        assert list(await two.accounts()) == [ANNE]
        with capture_logs() as logs:
            async with one.refresh_turn("default"):
                await asyncio.to_thread(own_postgres.stop)
                assert (await one.save_tokens("default", NEW)).tokens == NEW
            assert [account.tokens for account in await one.accounts()] == [NEW]
            await asyncio.to_thread(own_postgres.start)
            # The claim was kept, so that the other cannot spend the old token again.
            async with two.refresh_turn("default") as account:
                assert account.tokens == NEW
        told = [line["event"] for line in logs if line["event"].startswith("tokens.")]
        assert told == ["tokens.unsaved", "tokens.saved"]
        assert "refresh-2" not in str(logs)


async def test_unsaved_tokens_are_refreshed_again_from_memory(
    own_postgres: PostgresProcess,
) -> None:
    newest = TokenSet("access-3", "refresh-3", 4e9)
    async with replica(own_postgres.url()) as accounts:
        await accounts.add(ANNE)
        async with accounts.refresh_turn("default"):
            await asyncio.to_thread(own_postgres.stop)
            await accounts.save_tokens("default", NEW)
        await asyncio.to_thread(own_postgres.start)
        async with accounts.refresh_turn("default") as account:
            assert account.tokens == NEW
            assert (await accounts.save_tokens("default", newest)).tokens == newest
    async with replica(own_postgres.url()) as accounts:
        assert [account.tokens for account in await accounts.accounts()] == [newest]


async def test_a_server_that_ends_saves_what_it_can(own_postgres: PostgresProcess) -> None:
    async with replica(own_postgres.url()) as accounts:
        await accounts.add(ANNE)
        async with accounts.refresh_turn("default"):
            await asyncio.to_thread(own_postgres.stop)
            await accounts.save_tokens("default", NEW)
        await asyncio.to_thread(own_postgres.start)
    async with replica(own_postgres.url()) as accounts:
        assert [account.tokens for account in await accounts.accounts()] == [NEW]


async def test_tokens_that_a_failover_lost_are_saved_again(database_url: str) -> None:
    async with replica(database_url) as accounts:
        await accounts.add(ANNE)
        ((revision, content),) = await rows(database_url, "SELECT revision, content FROM accounts")
        await refreshed(accounts)
        # The standby that takes over had not heard of the last change.
        hexed = content.hex()
        await change(
            database_url,
            f"UPDATE accounts SET revision = '{revision}', content = decode('{hexed}', 'hex')",
        )
        assert [account.tokens for account in await accounts.accounts()] == [NEW]
        async with replica(database_url) as other:
            for _ in range(1000):
                if [account.tokens for account in await other.accounts()] == [NEW]:
                    break
                await asyncio.sleep(0.02)
            else:
                pytest.fail("they were not saved again")


# -- somebody else was faster --------------------------------------------------------------------


async def test_a_newer_sign_in_is_not_overwritten(database_url: str) -> None:
    newer = replace(ANNE, tokens=TokenSet("access-9", "refresh-9", 9e9))
    async with replica(database_url) as one, replica(database_url) as two:
        await one.add(ANNE)
        async with one.refresh_turn("default"):
            await change(database_url, "DELETE FROM claims")  # as if it had ended
            await two.add(newer)
            assert await one.save_tokens("default", NEW) == newer
        assert list(await two.accounts()) == [newer]


async def test_an_account_that_was_signed_out_stays_so(database_url: str) -> None:
    async with replica(database_url) as one, replica(database_url) as two:
        await one.add(ANNE)
        async with one.refresh_turn("default"):
            await change(database_url, "DELETE FROM claims")
            await two.remove("default")
            with pytest.raises(ApiError) as caught:
                await one.save_tokens("default", NEW)
            assert caught.value.kind is Kind.NO_ACCOUNT
        assert list(await one.accounts()) == []


class HeldDatabase(PostgresDatabase):
    """Answers of one read come late."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked, self.gate, self.holds = asyncio.Event(), asyncio.Event(), False

    async def read(self, work: Any) -> Any:
        late, self.holds = self.holds, False
        found = await super().read(work)
        if late:
            self.asked.set()
            await self.gate.wait()
        return found


async def test_a_look_that_comes_late_costs_no_token(database_url: str) -> None:
    newest = TokenSet("access-3", "refresh-3", 4e9)
    database = HeldDatabase(database_url)
    late = SharedAccounts(database, Sealer([KEY]), Claims(database, "late"), glance=0.0)
    async with replica(database_url) as other:
        await other.add(ANNE)
        assert list(await late.accounts()) == [ANNE]
        await other.add(replace(ANNE, plan="plus"))
        database.holds = True
        looking = asyncio.create_task(late.accounts())
        await database.asked.wait()  # it has read the row that is now replaced
        await refreshed(other)
        async with late.refresh_turn("default") as account:
            assert account.tokens == NEW
            database.gate.set()
            await looking
            assert (await late.save_tokens("default", newest)).tokens == newest
        assert [account.tokens for account in await other.accounts()] == [newest]
    await late.close()
    await database.close()
