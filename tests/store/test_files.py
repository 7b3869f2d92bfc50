"""Uploaded files: kept whole or not at all, whatever happens in between."""

import resource
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from codex2api.conversations import Page, Slice, StoredFile
from codex2api.errors import ApiError
from codex2api.store.opened import OpenState
from codex2api.store.runner import LockedRunners
from tests.accounts.fakes import ManualClock
from tests.limits import limited
from tests.store.opened import ANNE, BEN, NOW, OWNER, Opening, opened as opened_on_sqlite

UPLOAD = """
import asyncio, sys
from pathlib import Path
from codex2api.conversations import StoredFile
from codex2api.store.opened import open_state
async def main():
    state = await open_state(Path(sys.argv[1]) / "codex2api.db", 60, lambda: 0.0)
    async with state.files.begin() as new:
        await new.write(b"x" * 3_000_000)
        print("written", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


def a_file(name: str, owner: str = "anne", expires: int | None = None) -> StoredFile:
    return StoredFile(name, owner, int(NOW), f"{name}.txt", "user_data", 3, expires)


def left(folder: Path) -> list[Path]:
    files = folder / "files"
    return list(files.iterdir()) if files.exists() else []


async def test_a_file_is_kept_and_forgotten(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        async with state.files.begin() as new:
            await new.write(b"a")
            await new.write(b"bc")
            await new.keep(a_file("file-1"))
        assert await state.files.find(ANNE, "file-1") == a_file("file-1")
        assert await state.files.find(OWNER, "file-1") == a_file("file-1")
        path = await state.files.content(ANNE, "file-1")
        assert path is not None
        assert path.read_bytes() == b"abc"
        assert path.stat().st_mode & 0o777 == 0o600
        assert await state.files.find(BEN, "file-1") is None
        assert await state.files.content(BEN, "file-1") is None
        assert not await state.files.remove(BEN, "file-1")
        assert await state.files.remove(ANNE, "file-1")
        assert not await state.files.remove(ANNE, "file-1")
        assert left(tmp_path) == []


async def keep(state: OpenState, file: StoredFile) -> None:
    async with state.files.begin() as new:
        await new.keep(file)


async def fail_after_writing(state: OpenState) -> None:
    async with state.files.begin() as new:
        await new.write(b"x" * 3_000_000)
        raise RuntimeError


async def test_what_is_not_kept_is_gone(opened: Opening, tmp_path: Path) -> None:
    async with opened(tmp_path) as state:
        with pytest.raises(RuntimeError):
            await fail_after_writing(state)
        assert left(tmp_path) == []


async def test_an_entry_that_cannot_be_made_leaves_no_content(
    opened: Opening, tmp_path: Path
) -> None:
    async with opened(tmp_path) as state:
        await keep(state, a_file("file-1"))
        with pytest.raises(ApiError, match="database of this server failed"):
            await keep(state, a_file("file-1"))
        assert len(left(tmp_path)) == 1


def small_disk() -> AbstractContextManager[None]:
    return limited(resource.RLIMIT_FSIZE, 1_000_000)


async def write_much(state: OpenState) -> None:
    async with state.files.begin() as new:
        await new.write(b"x" * 3_000_000)


async def test_a_disk_that_takes_no_more_is_told_and_leaves_nothing(
    opened: Opening, tmp_path: Path
) -> None:
    async with opened(tmp_path) as state:
        with small_disk(), pytest.raises(ApiError, match="to its disk") as caught:
            await write_much(state)
        assert caught.value.code == "storage_failed"
        assert left(tmp_path) == []


async def test_pages(opened: Opening, tmp_path: Path) -> None:
    made = [a_file(f"file-{n}") for n in range(4)]
    async with opened(tmp_path) as state:
        for file in [*made, a_file("file-b", "ben")]:
            await keep(state, file)
        listed = state.files.list
        assert await listed(ANNE, Page(9), None) == Slice(made, False)
        assert await listed(ANNE, Page(2, "file-3", descending=True), "user_data") == Slice(
            [made[2], made[1]], True
        )
        assert await listed(ANNE, Page(9), "vision") == Slice([], False)
        assert len((await listed(OWNER, Page(9), None)).rows) == 5


async def test_an_expired_file_is_gone(opened: Opening, tmp_path: Path) -> None:
    clock = ManualClock(NOW)
    async with opened(tmp_path, clock) as state:
        await keep(state, a_file("file-1", expires=int(NOW) + 60))
        clock.at += 59
        assert await state.files.find(ANNE, "file-1") is not None
        clock.at += 1
        assert await state.files.find(ANNE, "file-1") is None
        assert await state.files.content(ANNE, "file-1") is None
        assert (await state.files.list(ANNE, Page(9), None)).rows == []
        assert await state.forget_expired() == 1
        assert left(tmp_path) == []


def uploading(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", UPLOAD, str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    child.stdout.close()
    return child


async def test_a_killed_upload_leaves_nothing_after_the_next_start(tmp_path: Path) -> None:
    child = uploading(tmp_path)
    async with opened_on_sqlite(tmp_path) as state:
        assert len(left(tmp_path)) == 1, "it is still being written"
        child.send_signal(signal.SIGKILL)
        child.wait()
        await keep(state, a_file("file-1"))
    async with opened_on_sqlite(tmp_path) as state:
        assert await state.files.find(ANNE, "file-1") is not None
        assert len(left(tmp_path)) == 1


async def test_strange_files_in_the_folder_are_swept(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "notes").touch()
    alive = LockedRunners(tmp_path)
    (tmp_path / "files" / f"{alive.begin()}.word").touch()
    async with opened_on_sqlite(tmp_path):
        assert [path.name for path in left(tmp_path)] == [f"{alive.own}.word"]
    await alive.end()
