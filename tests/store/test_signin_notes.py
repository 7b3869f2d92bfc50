"""What is remembered of sign-ins beside their tokens."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codex2api.errors import ApiError
from codex2api.store.signin_notes import SignInNotes


def test_a_machine_is_the_same_for_ever(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(lambda _: SignInNotes(tmp_path / "data").host_id(), range(16)))
    (host,) = made
    assert uuid.UUID(host).version == 4
    assert SignInNotes(tmp_path / "data").host_id() == host
    assert (tmp_path / "data" / "sign-in.json").stat().st_mode & 0o777 == 0o600


def test_clients_and_the_choice(tmp_path: Path) -> None:
    notes = SignInNotes(tmp_path)
    assert (notes.client_id("work"), notes.kind()) == (None, None)
    notes.keep("work", "oaiapp_a")
    notes.keep("default", "oaiapp_b")
    notes.choose("official")
    again = SignInNotes(tmp_path)
    assert (again.client_id("work"), again.client_id("default")) == ("oaiapp_a", "oaiapp_b")
    assert again.kind() == "official"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"clients": 3, "kind": 4}', b"\xff"])
def test_a_damaged_file_is_nothing_known(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sign-in.json").write_bytes(content)
    notes = SignInNotes(tmp_path)
    assert (notes.client_id("default"), notes.kind()) == (None, None)
    notes.keep("default", "oaiapp_a")
    assert notes.client_id("default") == "oaiapp_a"


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(ApiError, match="could not be saved") as failure:
        SignInNotes(tmp_path / "data").host_id()
    assert os.strerror(17) in failure.value.message or "Not a directory" in failure.value.message
