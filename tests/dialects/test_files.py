"""Names of uploaded files."""

import pytest

from codex2api.dialects.files import file_name
from codex2api.errors import ApiError


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("a.pdf", "a.pdf"),
        ("/x/../a", "a"),
        ("C:\\a b.txt", "a b.txt"),
        ("ü", "ü"),
        (".env", ".env"),
    ],
)
def test_folders_are_cut_off(written: str, name: str) -> None:
    assert file_name(written) == name


@pytest.mark.parametrize(
    "written", ["", ".", "..", "a/", "a\0b", "a\r\nb", "x" * 256, "\u2028", "\x9b", "\ufffd"]
)
def test_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(ApiError) as caught:
        file_name(written)
    assert caught.value.param == "file"
