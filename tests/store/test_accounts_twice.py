"""Tokens saved twice in one refresh turn, as they are before and after their check."""

from dataclasses import replace

from structlog.testing import capture_logs

from codex2api.accounts.account import Account, AccountKind, TokenSet
from tests.store.test_accounts import change, replica, rows

FIRST = TokenSet(
    "access-1", "refresh-1", 2e9, kind=AccountKind.OFFICIAL, client_id="oaiapp_a", verified=True
)
ANNE = Account("default", "oaiapp_a", FIRST)
ROTATED = replace(FIRST, access_token="access-2", refresh_token="refresh-2", verified=False)
CHECKED = replace(ROTATED, verified=True)


async def test_the_second_saving_takes_the_place_of_the_first(database_url: str) -> None:
    with capture_logs() as logged:
        async with replica(database_url) as accounts:
            await accounts.add(ANNE)
            async with accounts.refresh_turn("default"):
                assert (await accounts.save_tokens("default", ROTATED)).tokens == ROTATED
                assert (await accounts.save_tokens("default", CHECKED)).tokens == CHECKED
            assert [each.tokens for each in await accounts.accounts()] == [CHECKED]
        async with replica(database_url) as other:
            assert [each.tokens for each in await other.accounts()] == [CHECKED]
    assert [entry["event"] for entry in logged] == []


async def test_a_database_that_lost_both_gets_them_again(database_url: str) -> None:
    async with replica(database_url) as accounts:
        await accounts.add(ANNE)
        ((revision, content),) = await rows(database_url, "select revision, content from accounts")
        async with accounts.refresh_turn("default"):
            await accounts.save_tokens("default", ROTATED)
            await accounts.save_tokens("default", CHECKED)
        back = f"update accounts set revision = '{revision}', content = '\\x{content.hex()}'"
        await change(database_url, back)
        assert [each.tokens for each in await accounts.accounts()] == [CHECKED]
        await accounts.close()
    async with replica(database_url) as other:
        assert [each.tokens for each in await other.accounts()] == [CHECKED]


async def test_a_sign_in_of_somebody_else_in_between_is_newer(database_url: str) -> None:
    async with replica(database_url) as accounts, replica(database_url) as other:
        await accounts.add(ANNE)
        async with accounts.refresh_turn("default"):
            await accounts.save_tokens("default", ROTATED)
            theirs = replace(ANNE, tokens=replace(FIRST, access_token="theirs"))
            row = other._copy.sealed(theirs, None)
            await change(
                database_url,
                f"update accounts set revision = '{row.revision}', "
                f"content = '\\x{row.content.hex()}'",
            )
            kept = await accounts.save_tokens("default", CHECKED)
        assert kept.tokens.access_token == "theirs"
