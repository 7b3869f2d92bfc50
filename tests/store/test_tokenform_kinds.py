"""Token files say of which kind they are; those of Codex look as they always did."""

import json

import pytest

from codex2api.accounts.account import Account, AccountKind, TokenSet
from codex2api.store import tokenform

OFFICIAL = Account(
    "default",
    "oaiapp_a",
    TokenSet(
        "access",
        "refresh",
        1_790_003_600.0,
        id_token="id",
        kind=AccountKind.OFFICIAL,
        client_id="oaiapp_a",
        plan_use=False,
        earliest_refresh_at=1_790_003_240.0,
        verified=False,
    ),
    user_id="person",
)


def test_an_official_account_survives_a_file() -> None:
    assert tokenform.read("default", tokenform.write(OFFICIAL, {}, 0)) == OFFICIAL


def test_what_is_as_usual_is_not_written() -> None:
    codex = Account("default", "workspace", TokenSet("access", "refresh", 1_790_000_000.0))
    held = json.loads(tokenform.write(codex, {}, 1_790_000_000))
    assert set(held) == {"access_token", "refresh_token", "expires_at", "account_id", "updated_at"}


def test_a_file_forgets_the_kind_that_it_had() -> None:
    codex = Account("default", "workspace", TokenSet("access", "refresh", 1_790_000_000.0))
    before = tokenform.fields(tokenform.write(OFFICIAL, {"mine": 1}, 0))
    held = tokenform.read("default", tokenform.write(codex, before, 0))
    assert held == codex
    assert tokenform.fields(tokenform.write(codex, before, 0))["mine"] == 1


@pytest.mark.parametrize("kind", [{}, {"kind": None}, {"kind": "of tomorrow"}])
def test_an_absent_or_unknown_kind_is_codex(kind: dict[str, str | None]) -> None:
    held = {"access_token": "a", "refresh_token": "r", "account_id": "w", **kind}
    assert tokenform.read("default", json.dumps(held).encode()).kind is AccountKind.CODEX
