"""How much metadata an object may have."""

import pytest

from codex2api.dialects.metadata import check_metadata
from codex2api.errors import ApiError


def test_the_most_that_is_allowed() -> None:
    check_metadata(None)
    check_metadata({f"{number:064}": "🎉" * 512 for number in range(16)})


@pytest.mark.parametrize(
    ("metadata", "param"),
    [
        ({f"k{number}": "v" for number in range(17)}, "metadata"),
        ({"k" * 65: "v"}, "metadata"),
        ({"k": "v" * 513}, "metadata.k"),
        ({"k": "\0"}, "metadata"),
    ],
)
def test_more_is_refused(metadata: dict[str, str], param: str) -> None:
    with pytest.raises(ApiError) as caught:
        check_metadata(metadata)
    assert caught.value.param == param
