"""Codex' own requests, as they reach the backend and fail there."""

import pytest

from codex2api.errors import ApiError, Kind
from codex2api.protocol.native import NativeRequest, RefusedError
from codex2api.upstream.backend import Backend
from codex2api.upstream.native import NativeFerry, _shown
from tests.upstream import adapters
from tests.upstream.calls import CREDENTIAL
from tests.upstream.server import answer, scripted

TURN = NativeRequest("POST", "/codex/responses", {}, b"{}", "gpt-5.5")


async def test_a_redirect_is_not_passed_on() -> None:
    moved = answer(302, b"{}", headers={"Location": "http://127.0.0.1:1/"})
    async with scripted(moved) as server, adapters.http(connect_timeout=10) as http:
        ferry = NativeFerry(Backend(http, url=server.url), idle_timeout=30)
        with pytest.raises(ApiError) as caught:
            await ferry.open(TURN, CREDENTIAL)

    assert not isinstance(caught.value, RefusedError)
    assert caught.value.kind is Kind.UPSTREAM_UNAVAILABLE


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
