"""The owner's key: made once, private, never replaced in silence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from codex2api.errors import ApiError
from codex2api.store.localkey import load_or_create


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = load_or_create(data)
    assert re.fullmatch(r"sk-codex2api-[A-Za-z0-9_-]{43}", key)
    assert load_or_create(data) == key
    assert (data / "local.key").stat().st_mode & 0o777 == 0o600
    assert data.stat().st_mode & 0o777 == 0o700


def test_a_key_of_ones_own_is_taken_and_tightened(tmp_path: Path) -> None:
    (tmp_path / "local.key").write_text("  my-own-key-of-sufficient-length\n")
    (tmp_path / "local.key").chmod(0o644)
    tmp_path.chmod(0o755)
    assert load_or_create(tmp_path) == "my-own-key-of-sufficient-length"
    assert (tmp_path / "local.key").stat().st_mode & 0o777 == 0o600
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_a_key_that_is_there_needs_no_lock(tmp_path: Path) -> None:
    key = load_or_create(tmp_path)
    (tmp_path / ".local.key.lock").unlink(missing_ok=True)
    (tmp_path / ".local.key.lock").mkdir()  # as little of a lock as in a read-only folder
    assert load_or_create(tmp_path) == key


@pytest.mark.parametrize("content", ["", "short", "two words in the key file", "ä" * 40])
def test_what_is_no_key_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    (tmp_path / "local.key").write_text(content)
    with pytest.raises(ApiError) as failure:
        load_or_create(tmp_path)
    assert "local.key" in failure.value.message
    assert content not in failure.value.message or not content
    assert (tmp_path / "local.key").read_text() == content


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from codex2api.store.localkey import *; "
        "print(load_or_create(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "data")]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert len({child.communicate()[0] for child in children}) == 1
    assert [child.returncode for child in children] == [0] * 4
