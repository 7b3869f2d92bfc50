"""Sign-ins of other programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from codex2api.errors import ApiError, Kind
from codex2api.store.foreign import ForeignTokens, read_foreign

TOKENS = {"id_token": "i", "access_token": "a", "refresh_token": "r", "account_id": "w"}


def file(folder: Path, content: Any) -> Path:
    path = folder / "auth.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_codex_and_chatmock(tmp_path: Path) -> None:
    content = {
        "auth_mode": "chatgpt",
        "OPENAI_API_KEY": None,
        "tokens": TOKENS,
        "last_refresh": "2026-11-01T00:00:00Z",
    }
    expected = ForeignTokens("a", "r", True, "i", "w")
    assert read_foreign(file(tmp_path, content)) == expected
    content.pop("auth_mode")
    assert read_foreign(file(tmp_path, content)) == expected


def test_our_own_form(tmp_path: Path) -> None:
    content = TOKENS | {"expires_at": 1_790_000_000_000, "updated_at": 1, "plan": "plus"}
    assert read_foreign(file(tmp_path, content)) == ForeignTokens(
        "a", "r", False, "i", "w", 1_790_000_000.0
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        ([], "not a JSON object"),
        ({}, "no ChatGPT sign-in"),
        ({"OPENAI_API_KEY": "sk-secret", "tokens": None}, "an API key"),
        ({"tokens": TOKENS | {"refresh_token": ""}}, "empty"),
        ({"tokens": TOKENS | {"refresh_token": 7}}, "no ChatGPT sign-in"),
    ],
)
def test_what_cannot_be_imported(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(ApiError) as failure:
        read_foreign(file(tmp_path, content))
    assert failure.value.kind is Kind.BAD_REQUEST
    assert words in failure.value.message
    assert "sk-secret" not in failure.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="No such file"):
        read_foreign(tmp_path / "auth.json")
