"""That an account is paused is kept beside its tokens; of replicas see ``test_accounts.py``."""

import json
from pathlib import Path

import pytest

from codex2api.errors import ApiError, Kind
from codex2api.store.tokenfile import TokenFiles
from tests.store.test_tokenfile import contract, put, refreshed


async def test_a_pause_is_kept_with_the_tokens_through_a_refresh(
    store: TokenFiles, folder: Path
) -> None:
    put(folder, contract(strange=[1]))
    await store.pause("default", paused=True)
    await refreshed(store, 7)
    (held,) = await TokenFiles(folder).accounts()
    assert (held.paused, held.tokens.access_token) == (True, "a7")
    await store.pause("default", paused=False)
    (held,) = await store.accounts()
    fields = json.loads((folder / "tokens.json").read_text())
    assert (held.paused, "paused" in fields, fields["strange"]) == (False, False, [1])


@pytest.mark.parametrize("label", ["none", "../x", ""])
async def test_only_what_is_there_is_paused(store: TokenFiles, label: str) -> None:
    with pytest.raises(ApiError) as caught:
        await store.pause(label, paused=True)
    assert caught.value.kind is Kind.NO_ACCOUNT
