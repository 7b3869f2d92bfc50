"""Token files that cannot be read just now: nothing is forgotten, and nothing called damaged."""

import asyncio
import os
import resource
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from codex2api.accounts.account import TokenSet
from codex2api.errors import ApiError, Kind
from codex2api.store.tokenfile import TokenFiles
from tests.limits import limited
from tests.store.test_tokenfile import contract, labels, put, token


def no_descriptors() -> AbstractContextManager[None]:
    """Those that are open stay so, and nothing can be opened beside them."""
    return limited(resource.RLIMIT_NOFILE, 0)


async def test_what_cannot_be_read_just_now_is_as_it_was(store: TokenFiles, folder: Path) -> None:
    put(folder, contract(access_token="old"))
    put(folder, contract(), name="tokens.work.json")
    await store.accounts()
    put(folder, contract(access_token="new"))

    with capture_logs() as logs, no_descriptors():
        for _ in range(3):
            assert await labels(store) == ["default", "work"]
            assert await token(store, "default") == "old"

    assert {log["event"] for log in logs} == {"tokens.unread"}
    assert await token(store, "default") == "new"


async def test_a_file_that_came_meanwhile_is_seen_later(store: TokenFiles, folder: Path) -> None:
    put(folder, contract())
    await store.accounts()
    os.utime(folder, (1, 1))
    await asyncio.sleep(0.1)  # until the marks are trusted
    put(folder, contract(), name="tokens.work.json")

    with no_descriptors():
        assert await labels(store) == ["default"]

    assert await labels(store) == ["default", "work"]


async def test_what_was_never_read_is_not_called_damaged(store: TokenFiles, folder: Path) -> None:
    path = put(folder, contract())
    os.utime(path, (1, 1))
    await asyncio.sleep(0.1)

    with no_descriptors(), pytest.raises(ApiError, match="cannot be read at the moment") as failure:
        await store.accounts()

    assert failure.value.kind is Kind.STORAGE_UNAVAILABLE
    assert await labels(store) == ["default"]


async def test_no_token_is_spent_that_was_not_read_again(store: TokenFiles, folder: Path) -> None:
    put(folder, contract())
    await store.accounts()

    with no_descriptors(), capture_logs() as logs, pytest.raises(ApiError) as failure:
        async with store.refresh_turn("default"):
            pytest.fail("another process may have spent it")

    assert failure.value.kind is Kind.STORAGE_UNAVAILABLE
    assert "turn.unlocked" not in [log["event"] for log in logs]
    async with store.refresh_turn("default") as account:
        with no_descriptors():
            saved = await store.save_tokens("default", TokenSet("a1", "r1", 2e9))
            assert await token(store, "default") == saved.tokens.access_token == "a1"
    assert account.tokens.access_token == "a"
