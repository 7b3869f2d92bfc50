"""Keys open the door, and only keys."""

import pytest

from codex2api.callers import Caller, Callers, KnownKey
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
