"""Where a sign-in leads: to a page of ours."""

import pytest

from codex2api.dashboard.router import own_path


@pytest.mark.parametrize("path", ["/", "/requests", "/requests?status=5xx&text=a%20b"])
def test_own_paths(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/a/../b",
        "/x#y",
        "/\n/x",
        "javascript:alert(1)",
        "/%2f/evil.example?",
    ],
)
def test_nothing_else(path: str) -> None:
    assert own_path(path) == "/"
