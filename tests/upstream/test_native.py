"""Codex' own requests, as they reach the backend and fail there."""

import pytest

from codex2api.upstream.native import _shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"detail": "no"}', b'{"detail":"no"}'),
        (b'{"a": ["Bearer abc", 1, null]}', b'{"a":["[hidden]",1,null]}'),
        (
            b'{"error": {"message": "token tok-1 of a@b.example"}}',
            b'{"error":{"message":"token [hidden] of [hidden]"}}',
        ),
        (b"<html>", None),
        (b"\xff", None),
    ],
)
def test_a_refusal_is_shown_without_secrets(body: bytes, shown: bytes | None) -> None:
    assert _shown(body, ("tok-1",)) == shown
