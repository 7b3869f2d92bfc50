"""What tokens say about themselves."""

import pytest
from hypothesis import given, strategies as st

from codex2api.accounts.account import Identity
from codex2api.auth.claims import expiry, identity, read_claims
from tests.auth.tokens import make_jwt


def test_the_account_is_read_from_either_token() -> None:
    who = Identity("workspace-a", "user-a", "plus", "ada@example.org")
    assert identity(make_jwt(), None) == who
    assert identity("garbage", make_jwt()) == who
    assert identity(make_jwt(), make_jwt("workspace-b")) == who


def test_the_profile_has_the_address_where_the_top_has_none() -> None:
    token = make_jwt(email=None, **{"https://api.openai.com/profile": {"email": "b@example.org"}})
    found = identity(None, token)
    assert found is not None
    assert found.email == "b@example.org"


def test_fedramp_is_noticed() -> None:
    auth = {"chatgpt_account_id": "w", "chatgpt_account_is_fedramp": True}
    found = identity(make_jwt(**{"https://api.openai.com/auth": auth}), None)
    assert found == Identity("w", email="ada@example.org", fedramp=True)


@pytest.mark.parametrize("token", [None, "", "a", "a.b.c", "..", make_jwt(None)])
def test_no_account_no_identity(token: str | None) -> None:
    assert identity(token, token) is None


@pytest.mark.parametrize(
    ("exp", "seconds"), [(2_000_000_000, 2_000_000_000.0), (None, None), (1e300, None), (-5, None)]
)
def test_expiry(exp: float | None, seconds: float | None) -> None:
    assert expiry(make_jwt(exp=exp)) == seconds


@given(st.text(alphabet="aQ.=-_{}9", max_size=60))
def test_nothing_breaks_it(text: str) -> None:
    assert isinstance(dict(read_claims(text)), dict)
