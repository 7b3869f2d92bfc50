"""Codex' own requests, as they reach the backend and fail there."""

import pytest

from codex2api.errors import ApiError, Kind
from codex2api.protocol.native import NativeRequest, RefusedError
from codex2api.upstream.backend import Backend
from codex2api.upstream.native import NativeFerry, _shown
from tests.upstream import adapters
from tests.upstream.calls import CREDENTIAL
from tests.upstream.server import Script, answer, scripted, sse, stream

TURN = NativeRequest("POST", "/codex/responses", {}, b"{}", "gpt-5.5")


async def passed(script: Script) -> bytes:
    """All that a turn is answered with."""
    async with scripted(script) as server, adapters.http(connect_timeout=10) as http:
        ferry = NativeFerry(Backend(http, url=server.url), idle_timeout=30)
        flowing = await ferry.open(TURN, CREDENTIAL)
        pieces = []
        while data := await flowing.read():
            pieces.append(data)
        flowing.close()
        return b"".join(pieces)


async def test_an_answer_that_quotes_our_token() -> None:
    event = {"type": "error", "message": f"Bearer {CREDENTIAL.access_token} is bad"}

    assert await passed(stream(sse(event))) == sse(event | {"message": "Bearer [hidden] is bad"})


@pytest.mark.parametrize(
    "script",
    [
        answer(302, b"{}", headers={"Location": "http://127.0.0.1:1/"}),
        answer(200, b"<html>Welcome</html>", "text/html"),
        stream(b"packed", b"Content-Encoding: gzip\r\n"),
    ],
    ids=["redirect", "page", "packed"],
)
async def test_what_is_no_answer_is_not_passed_on(script: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        await passed(script)

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
