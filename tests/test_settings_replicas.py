"""A shared database: its address, its keys, and what is said where one is missing or bad."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codex2api.settings import Settings, SettingsError, load_settings
from codex2api.settings.replicas import check_replicas

KEY = base64.b64encode(b"\xff" * 32).decode()
URL_SAFE = base64.urlsafe_b64encode(b"\xff" * 32).decode()


def settings_of(home: Path, **variables: str) -> Settings:
    return load_settings(env={"CODEX2API_HOME": str(home), **variables})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_spelling_of_an_address_is_one(tmp_path: Path, scheme: str) -> None:
    rest = "anne:p%40ss@db.example:5433/codex?sslmode=require"
    found = settings_of(tmp_path, DATABASE_URL=f"{scheme}://{rest}", CODEX2API_SECRET_KEY=KEY)
    assert found.store.url == f"postgresql://{rest}"


@pytest.mark.parametrize(
    "rest", ["anne@one,two/codex?target_session_attrs=any", "/codex?host=/run/postgresql"]
)
def test_several_hosts_and_sockets_are_addresses(tmp_path: Path, rest: str) -> None:
    url = f"postgresql://{rest}"
    assert settings_of(tmp_path, DATABASE_URL=url, CODEX2API_SECRET_KEY=KEY).store.url == url


@pytest.mark.parametrize(
    "url",
    ["mysql://anne:secret@db/codex", "postgresql://", "postgresql://db", "secret", "postgres:///x"],
)
def test_a_bad_address_is_one_sentence_that_does_not_show_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"store\.url .*variable DATABASE_URL") as caught:
        settings_of(tmp_path, DATABASE_URL=url, CODEX2API_SECRET_KEY=KEY)
    assert "secret" not in str(caught.value)
    assert "postgresql://" in str(caught.value)


def test_keys_are_a_list_in_either_base64(tmp_path: Path) -> None:
    url = "postgresql://db/codex"
    found = settings_of(tmp_path, DATABASE_URL=url, CODEX2API_SECRET_KEY=f"{KEY}, {URL_SAFE}")
    assert [key.get_secret_value() for key in found.store.secret_key] == [KEY, URL_SAFE]
    assert KEY not in repr(found)


@pytest.mark.parametrize("keys", ["", "short", f"{KEY},c2hvcnQ=", "ü" * 44])
def test_without_good_keys_the_command_to_make_one_is_named(tmp_path: Path, keys: str) -> None:
    with pytest.raises(SettingsError, match="openssl rand -base64 32") as caught:
        settings_of(tmp_path, DATABASE_URL="postgresql://db/codex", CODEX2API_SECRET_KEY=keys)
    assert "short" not in str(caught.value)


def test_no_key_is_needed_without_a_shared_database(tmp_path: Path) -> None:
    assert settings_of(tmp_path).store.secret_key == ()


def test_secrets_may_be_files(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://db/codex\n")
    (tmp_path / "key").write_text(f"{KEY}\n")
    found = settings_of(
        tmp_path,
        DATABASE_URL_FILE=str(tmp_path / "url"),
        CODEX2API_SECRET_KEY_FILE=str(tmp_path / "key"),
    )
    assert found.store.url == "postgresql://db/codex"
    assert [key.get_secret_value() for key in found.store.secret_key] == [KEY]


def test_a_variable_is_stronger_than_its_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-from-file")
    found = settings_of(
        tmp_path,
        CODEX2API_API_KEYS_FILE=str(tmp_path / "key"),
        CODEX2API_API_KEYS="sk-variable-0123456789",
    )
    assert [key.get_secret_value() for key in found.server.api_keys] == ["sk-variable-0123456789"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="named by DATABASE_URL_FILE cannot be read: No such"):
        settings_of(tmp_path, DATABASE_URL_FILE=str(tmp_path / "none"))


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("\n")
    with pytest.raises(SettingsError, match="named by DATABASE_URL_FILE is empty"):
        settings_of(tmp_path, DATABASE_URL_FILE=str(tmp_path / "url"))


def test_a_missing_package_is_named_with_its_remedy(tmp_path: Path) -> None:
    store = settings_of(
        tmp_path, DATABASE_URL="postgresql://db/codex", CODEX2API_SECRET_KEY=KEY
    ).store
    with pytest.raises(SettingsError, match=r"asyncpg.*codex2api\[postgres\]"):
        check_replicas(store, {"greenlet": 1, "cryptography": 1}.get)


@pytest.mark.parametrize("command", [["status"], ["serve", "--port", "0"], ["login"]])
def test_a_command_ends_with_2_and_one_sentence(tmp_path: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "codex2api", *command],
        check=False,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "CODEX2API_HOME": str(tmp_path),
            "DATABASE_URL": "postgresql://db/codex",
        },
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "CODEX2API_SECRET_KEY" in done.stderr
