# ruff: noqa: ASYNC240 - a test may wait for its disk
"""Token files: the form of the contract, private, whole, and fresh when somebody else writes."""

import asyncio
import json
import os
import resource
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from codex2api.accounts.account import Account, Identity, TokenSet
from codex2api.errors import ApiError, Kind
from codex2api.store import tokenfile
from codex2api.store.tokenfile import TokenFiles
from codex2api.store.turn import Turns
from tests.limits import limited

TOKENS = TokenSet("access", "refresh", 1_790_000_000.0, "id", issued_at=1_780_000_000.0)
ADA = Account("default", "workspace", TOKENS, "plus", "ada@example.org", user_id="user")


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """The most careless one: what is private must be so without its help."""
    before = os.umask(0)
    yield
    os.umask(before)


def put(folder: Path, fields: Any, name: str = "tokens.json", mode: int = 0o600) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(fields if isinstance(fields, str) else json.dumps(fields))
    path.chmod(mode)
    return path


def contract(**more: Any) -> dict[str, Any]:
    return {
        "access_token": "a",
        "refresh_token": "r",
        "expires_at": 1_790_000_000_000,
        "account_id": "w",
        "updated_at": 1_780_000_000_000,
    } | more


async def labels(store: TokenFiles) -> list[str]:
    return [account.label for account in await store.accounts()]


async def refreshed(store: TokenFiles, number: int) -> Account:
    async with store.refresh_turn("default"):
        return await store.save_tokens("default", TokenSet(f"a{number}", f"r{number}", 2e9))


async def test_nothing_there(store: TokenFiles) -> None:
    assert list(await store.accounts()) == []


async def test_what_is_added_is_there_also_for_the_next_process(
    store: TokenFiles, folder: Path
) -> None:
    await store.add(ADA)
    assert list(await store.accounts()) == [ADA]
    assert list(await TokenFiles(folder).accounts()) == [ADA]


async def test_the_form_of_the_contract(store: TokenFiles, folder: Path) -> None:
    await store.add(ADA)
    held = json.loads((folder / "tokens.json").read_text())
    assert list(held)[:5] == [
        "access_token",
        "refresh_token",
        "expires_at",
        "account_id",
        "updated_at",
    ]
    assert held["expires_at"] == 1_790_000_000_000
    assert abs(held["updated_at"] / 1000 - time.time()) < 60


async def test_further_accounts_have_files_of_their_own(store: TokenFiles, folder: Path) -> None:
    await store.add(replace(ADA, label="work"))
    await store.add(ADA)
    assert await labels(store) == ["default", "work"]
    assert (folder / "tokens.work.json").exists()


@pytest.mark.parametrize("label", ["", "../x", "a/b", "a.b", "-a", "x" * 65, "ä", "a b"])
async def test_a_label_is_no_path(store: TokenFiles, folder: Path, label: str) -> None:
    with pytest.raises(ApiError) as failure:
        await store.add(replace(ADA, label=label))
    assert failure.value.kind is Kind.BAD_REQUEST
    assert not folder.exists()


async def test_everything_is_private(store: TokenFiles, folder: Path) -> None:
    await store.add(ADA)
    await refreshed(store, 1)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


async def test_a_readable_file_is_tightened(store: TokenFiles, folder: Path) -> None:
    path = put(folder, contract(), mode=0o644)
    with capture_logs() as logs:
        await store.accounts()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [log["event"] for log in logs] == ["tokens.tightened"]


@pytest.mark.parametrize("expires_at", [1_790_000_000_000, 1_790_000_000, 1_790_000_000.5e3])
async def test_seconds_and_milliseconds(store: TokenFiles, folder: Path, expires_at: float) -> None:
    put(folder, contract(expires_at=expires_at))
    (account,) = await store.accounts()
    assert round(account.tokens.expires_at) in (1_790_000_000, 1_790_000_001)


async def test_unknown_fields_survive_a_rewrite(store: TokenFiles, folder: Path) -> None:
    put(folder, contract(note={"mine": [1, 2]}, plan="plus"))
    await refreshed(store, 1)
    held = json.loads((folder / "tokens.json").read_text())
    assert held["note"] == {"mine": [1, 2]}
    assert (held["plan"], held["access_token"], held["account_id"]) == ("plus", "a1", "w")


async def test_what_the_new_tokens_say_of_the_plan_is_kept(store: TokenFiles, folder: Path) -> None:
    put(folder, contract(plan="plus", email="ada@example.org"))
    async with store.refresh_turn("default"):
        new = replace(TOKENS, identity=Identity("w", "user", "pro"))
        await store.save_tokens("default", new)
    (account,) = await store.accounts()
    assert (account.plan, account.user_id, account.email) == ("pro", "user", "ada@example.org")


async def test_a_new_sign_in_written_by_somebody_else_is_seen_at_once(
    store: TokenFiles, folder: Path
) -> None:
    for number in range(50):
        path = put(folder, contract(access_token=f"a{number % 10}"), name="new")
        path.replace(folder / "tokens.json")
        (account,) = await store.accounts()
        assert account.tokens.access_token == f"a{number % 10}"


async def test_an_unchanged_folder_is_not_read_again(store: TokenFiles, folder: Path) -> None:
    path = put(folder, contract())
    old = time.time() - 3600
    os.utime(path, (old, old))
    await store.accounts()
    await asyncio.sleep(0.1)
    first = await store.accounts()
    assert await store.accounts() is first


async def many(store: TokenFiles, folder: Path) -> None:
    """A hundred accounts that have been there for a while."""
    for number in range(100):
        put(folder, contract(access_token=f"a{number}"), name=f"tokens.a{number}.json")
    settled: object = None
    while settled is None or await store.accounts() is not settled:
        settled = await store.accounts()
        await asyncio.sleep(0.02)


async def token(store: TokenFiles, label: str) -> str:
    accounts = {account.label: account for account in await store.accounts()}
    return accounts[label].tokens.access_token


async def test_among_many_a_replaced_file_is_seen_at_once(store: TokenFiles, folder: Path) -> None:
    await many(store, folder)
    for number in (99, 3):
        put(folder, contract(access_token="new"), name="new").replace(
            folder / f"tokens.a{number}.json"
        )
        assert await token(store, f"a{number}") == "new"
        assert await token(store, "a50") == "a50"


async def test_among_many_one_written_in_its_place_is_seen_soon(
    store: TokenFiles, folder: Path
) -> None:
    await many(store, folder)
    put(folder, contract(access_token="another"), name="tokens.a7.json")
    assert "another" in [await token(store, "a7") for _ in range(8)]


async def test_only_what_has_changed_is_read_again(store: TokenFiles, folder: Path) -> None:
    await many(store, folder)
    before = {account.label: account for account in await store.accounts()}
    await store.save_tokens("a5", replace(TOKENS, access_token="saved"))
    after = {account.label: account for account in await store.accounts()}
    assert [label for label in after if after[label] is not before[label]] == ["a5"]
    assert after["a5"].tokens.access_token == "saved"


async def test_a_deleted_file_is_a_signed_out_account(store: TokenFiles, folder: Path) -> None:
    await store.add(ADA)
    (folder / "tokens.json").unlink()
    assert list(await store.accounts()) == []
    with pytest.raises(ApiError) as failure:
        await refreshed(store, 1)
    assert failure.value.kind is Kind.NO_ACCOUNT


DAMAGES = {
    "": "empty",
    '{"access_token": "ey': "not JSON",
    "\x00\x00": "not JSON",
    "[]": "not a JSON object",
    "{}": "access_token",
    '{"access_token": 7, "refresh_token": "r", "account_id": "w"}': "access_token",
    '{"access_token": "", "refresh_token": "r", "account_id": "w"}': "access_token",
}


@pytest.mark.parametrize(("content", "reason"), DAMAGES.items())
async def test_a_damaged_file_is_named_and_left_alone(
    store: TokenFiles, folder: Path, content: str, reason: str
) -> None:
    path = put(folder, content)
    with pytest.raises(ApiError) as failure:
        await store.accounts()
    assert failure.value.kind is Kind.SIGN_IN_REQUIRED
    assert "tokens.json is damaged" in failure.value.message
    assert reason in failure.value.message
    assert path.read_text() == content
    with pytest.raises(ApiError, match="damaged"):
        await refreshed(store, 1)


async def test_a_damaged_file_does_not_stop_the_other_accounts(
    store: TokenFiles, folder: Path
) -> None:
    put(folder, "{", name="tokens.work.json")
    await store.add(ADA)
    assert await labels(store) == ["default"]


async def test_a_new_sign_in_puts_a_damaged_file_aside(store: TokenFiles, folder: Path) -> None:
    put(folder, '{"refresh_token": "precious')
    await store.add(ADA)
    (aside,) = folder.glob("tokens.json.corrupt-*")
    assert aside.read_text() == '{"refresh_token": "precious'
    assert list(await store.accounts()) == [ADA]


async def test_a_symbolic_link_stays_one(store: TokenFiles, folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    target = put(elsewhere, contract(), name="real.json")
    folder.mkdir()
    (folder / "tokens.json").symlink_to(target)
    await refreshed(store, 1)
    assert (folder / "tokens.json").is_symlink()
    assert json.loads(target.read_text())["access_token"] == "a1"
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in elsewhere.iterdir()] == ["real.json"]


async def test_remove(store: TokenFiles, folder: Path) -> None:
    await store.add(ADA)
    await store.remove("default")
    assert list(await store.accounts()) == []
    assert not (folder / "tokens.json").exists()
    for label in ("default", "../x"):
        with pytest.raises(ApiError) as failure:
            await store.remove(label)
        assert failure.value.kind is Kind.NO_ACCOUNT


def no_room() -> AbstractContextManager[None]:
    """A limit of zero bytes for any file: as good as a full disk."""
    return limited(resource.RLIMIT_FSIZE, 0)


async def save_without_room(store: TokenFiles) -> None:
    with capture_logs() as logs, no_room():  # pytest's own output is a file, too
        await refreshed(store, 1)
    assert [log["event"] for log in logs] == ["tokens.unsaved"]


async def test_what_cannot_be_saved_is_kept_in_memory_and_saved_later(
    store: TokenFiles, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.add(ADA)
    await save_without_room(store)
    (account,) = await store.accounts()
    assert account.tokens.access_token == "a1"
    assert list(await TokenFiles(folder).accounts()) == [ADA], "the old file is whole"
    monkeypatch.setattr(tokenfile, "_SAVE_AGAIN_AFTER", 0.0)
    await store.accounts()
    (account,) = await TokenFiles(folder).accounts()
    assert account.tokens.access_token == "a1"


async def test_unsaved_tokens_give_way_to_what_somebody_else_saved(
    store: TokenFiles, folder: Path
) -> None:
    await store.add(ADA)
    await save_without_room(store)
    put(folder, contract(access_token="newer", more="x"))
    (account,) = await store.accounts()
    assert account.tokens.access_token == "newer"


async def test_a_new_sign_in_that_cannot_be_saved_says_so(store: TokenFiles) -> None:
    await store.add(ADA)
    with no_room(), pytest.raises(ApiError, match="could not be saved"):
        await store.add(replace(ADA, label="work"))


async def test_no_trace_of_a_failed_save_is_left(store: TokenFiles, folder: Path) -> None:
    await store.add(ADA)
    await save_without_room(store)
    assert list(folder.glob("*.tmp")) == list(folder.glob(".*.tmp")) == []


async def test_what_killed_processes_left_is_swept(store: TokenFiles, folder: Path) -> None:
    await store.add(ADA)
    left = put(folder, "secret", name=".tokens.json.0123.tmp")
    fresh = put(folder, "secret", name=".tokens.json.4567.tmp")
    os.utime(left, (1, 1))
    await refreshed(store, 1)
    assert (left.exists(), fresh.exists()) == (False, True)


async def test_one_turn_at_a_time(store: TokenFiles, folder: Path) -> None:
    await store.add(ADA)
    inside: list[int] = []

    async def turn(files: TokenFiles) -> None:
        async with files.refresh_turn("default"):
            inside.append(1)
            assert len(inside) == 1
            await asyncio.sleep(0.01)
            inside.pop()

    other = TokenFiles(folder)
    await asyncio.gather(*(turn(each) for each in (store, other) for _ in range(4)))


async def test_a_process_that_does_not_let_go_is_named(folder: Path) -> None:
    folder.mkdir()
    async with Turns(folder).take("tokens"):
        with pytest.raises(ApiError, match="Another codex2api process"):
            async with Turns(folder).take("tokens", patience=0.0):
                pytest.fail("two at once")


async def test_a_read_only_folder_still_gives_turns(folder: Path, store: TokenFiles) -> None:
    await store.add(ADA)
    lock = folder / ".tokens.lock"
    lock.unlink()
    lock.mkdir()  # as unusable as on a read-only disk, for root as well
    with capture_logs() as logs:
        assert (await refreshed(store, 1)).tokens.access_token == "a1"
    assert logs[0]["event"] == "turn.unlocked"


async def test_tokens_reach_no_log(store: TokenFiles, folder: Path) -> None:
    put(folder, '{"access_token": "TOPSECRET')
    with capture_logs() as logs, pytest.raises(ApiError) as failure:
        await store.accounts()
    assert "TOPSECRET" not in str(logs) + failure.value.message
