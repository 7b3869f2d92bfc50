"""Which statuses are wanted."""

import pytest

from codex2api.errors import ApiError
from codex2api.ledger.calls import StatusRange, StatusWish, status_wish


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        (None, None),
        ("error", "error"),
        ("4xx", StatusRange(400, 499)),
        ("5XX", StatusRange(500, 599)),
        ("429", StatusRange(429, 429)),
    ],
)
def test_a_status(text: str | None, wish: StatusWish) -> None:
    assert status_wish(text) == wish


@pytest.mark.parametrize("text", ["", "6xx", "99", "42", "4x", "errors", "1000", "²xx"])
def test_what_is_no_status_is_named(text: str) -> None:
    with pytest.raises(ApiError) as refused:
        status_wish(text)
    assert refused.value.param == "status"
