"""Keys open the door, and only keys."""

import pytest

from codex2api.callers import Caller, Callers, KnownKey
from codex2api.callers.caller import digest
from codex2api.errors import ApiError, Kind

OWNER = Caller("owner", admin=True)
CALLERS = Callers([KnownKey.of("sk-right", OWNER), KnownKey.of("sk-other", Caller("other"))])


@pytest.mark.parametrize(
    ("authorization", "api_key"),
    [("Bearer sk-right", None), ("bearer  sk-right ", None), (None, "sk-right")],
)
def test_a_known_key_names_its_caller(authorization: str | None, api_key: str | None) -> None:
    assert CALLERS.identify(authorization, api_key) == OWNER


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer sk-wrong",
        "Bearer sk-right x",
        "Basic sk-right",
        "sk-right",
        "Bearer \udce9",
        "Bearer sk-righ",
        "Bearer sk-rightt",
    ],
)
def test_anything_else_stays_outside(authorization: str | None) -> None:
    with pytest.raises(ApiError) as caught:
        CALLERS.identify(authorization, None)
    assert caught.value.kind is Kind.INVALID_KEY
    assert "sk-" not in caught.value.message


def test_no_keys_at_all_lets_nobody_in() -> None:
    with pytest.raises(ApiError):
        Callers([]).identify("Bearer ", "")


def test_without_keys_by_choice_everybody_is_anyone() -> None:
    assert Callers([], anyone=OWNER).identify(None, None) == OWNER


def test_an_expired_key_says_so_at_its_very_second() -> None:
    known = KnownKey(digest("sk-once"), Caller("once"), expires=100)
    moments = iter([99.9, 100.0])
    callers = Callers([known], now=lambda: next(moments))
    assert callers.identify("Bearer sk-once", None).name == "once"
    with pytest.raises(ApiError, match="expired at 1970-01-01 00:01 UTC") as caught:
        callers.identify("Bearer sk-once", None)
    assert caught.value.kind is Kind.INVALID_KEY


def test_a_digest_is_no_key() -> None:
    shown = digest("sk-right")
    for attempt in (shown.hex(), shown.decode("latin-1")):
        with pytest.raises(ApiError):
            CALLERS.identify(f"Bearer {attempt}", attempt)
