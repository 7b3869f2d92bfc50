"""Faults before the first event: each ends in one error that a person understands."""

import asyncio
import gzip
import socket
from pathlib import Path

import pytest

from codex2api.errors import ApiError, Kind
from tests import events
from tests.upstream.calls import CREDENTIAL, ask, ask_at, asking, said, upstream
from tests.upstream.certificates import self_signed
from tests.upstream.server import EVENTS, LAST_CHUNK, Peer, answer, chunk, scripted, stream

pytestmark = pytest.mark.usefixtures("each_adapter")

GOOD = events.sse([events.created(), events.text("hi"), events.completed()])


async def refusal(url: str, **options: float) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await ask_at(url, **options)
    return caught.value


async def close(peer: Peer) -> None:
    """Ends the connection without a word."""


async def reset(peer: Peer) -> None:
    peer.reset()


async def test_connection_refused_then_recovery() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    error = await refusal(f"http://127.0.0.1:{port}/backend-api")

    assert error.kind is Kind.UPSTREAM_UNAVAILABLE
    assert "127.0.0.1 refused" in error.message


async def test_a_name_that_does_not_resolve() -> None:
    error = await refusal("http://nowhere.invalid/backend-api")

    assert error.kind is Kind.UPSTREAM_UNAVAILABLE
    assert "nowhere.invalid" in error.message
    assert "DNS" in error.message


async def test_an_untrusted_certificate(tmp_path: Path) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=self_signed(tmp_path))
    async with server:
        port = server.sockets[0].getsockname()[1]
        error = await refusal(f"https://127.0.0.1:{port}/backend-api")

    assert error.kind is Kind.UPSTREAM_UNAVAILABLE
    assert "certificate" in error.message


async def test_proxies_of_the_environment_are_not_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    async with scripted(close) as canary, scripted(stream(GOOD)) as server:
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, canary.url)

        assert said(await ask_at(server.url)) == "hi"

    assert canary.connections == 0


@pytest.mark.parametrize("ending", [close, reset])
async def test_no_status_line_is_tried_again_a_few_times(ending: object) -> None:
    async with scripted(ending) as server:  # type: ignore[arg-type]
        error = await refusal(server.url)

    assert error.kind is Kind.UPSTREAM_UNAVAILABLE
    assert 2 <= len(server.calls) <= 4


async def test_a_lost_connection_is_made_good() -> None:
    async with scripted(close, stream(GOOD)) as server:
        assert said(await ask_at(server.url)) == "hi"


@pytest.mark.parametrize("ending", [close, reset])
async def test_a_kept_connection_that_ends_under_the_next_call(ending: object) -> None:
    scripts = (stream(GOOD), ending, stream(GOOD))
    async with scripted(*scripts) as server, upstream(server.url) as client:  # type: ignore[arg-type]
        for _ in range(2):
            assert [event for batch in await ask(client) for event in batch]

    assert (server.connections, len(server.calls)) == (2, 3)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_a_5xx_is_tried_again(status: int) -> None:
    async with scripted(answer(status, b"<html>", "text/html"), stream(GOOD)) as server:
        assert said(await ask_at(server.url)) == "hi"


async def test_a_lasting_5xx() -> None:
    async with scripted(answer(500, b"{}")) as server:
        error = await refusal(server.url)

    assert (error.kind, len(server.calls)) == (Kind.UPSTREAM_UNAVAILABLE, 3)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (503, b'{"error":{"code":"server_is_overloaded"}}', Kind.OVERLOADED),
        (529, b"", Kind.OVERLOADED),
        (429, b"", Kind.RATE_LIMITED),
        (429, b'{"error":{"type":"usage_limit_reached"}}', Kind.LIMIT_REACHED),
        (400, b'{"detail":"Store must be set to false"}', Kind.BAD_REQUEST),
        (401, b'{"detail":"Unauthorized"}', Kind.SIGN_IN_REQUIRED),
        (404, b'{"detail":"Not Found"}', Kind.NOT_FOUND),
    ],
)
async def test_what_is_said_once_is_heard_once(status: int, body: bytes, kind: Kind) -> None:
    async with scripted(answer(status, body)) as server:
        error = await refusal(server.url)

    assert (error.kind, len(server.calls)) == (kind, 1)


async def test_a_challenge_page() -> None:
    page = b"<!DOCTYPE html><title>Just a moment...</title>"
    async with scripted(answer(403, page, "text/html", {"cf-mitigated": "challenge"})) as server:
        error = await refusal(server.url)

    assert (error.kind, len(server.calls)) == (Kind.UPSTREAM_BLOCKED, 1)
    assert "<" not in error.message


async def test_a_redirect_is_not_followed() -> None:
    async with scripted(close) as canary:
        moved = answer(302, b"", headers={"Location": f"{canary.url}/codex/responses"})
        async with scripted(moved) as server:
            error = await refusal(server.url)

    assert error.kind is Kind.UPSTREAM_UNAVAILABLE
    assert "redirect" in error.message
    assert canary.connections == 0


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
async def test_200_with_something_else_than_events(kind: str) -> None:
    async with scripted(answer(200, b"<html>hello</html>", kind)) as server:
        error = await refusal(server.url)

    assert error.kind is Kind.UPSTREAM_UNAVAILABLE
    assert "<" not in error.message


async def test_early_hints_are_not_the_answer() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n"
    async with scripted(hints + stream(GOOD)) as server:
        assert said(await ask_at(server.url)) == "hi"


async def test_an_error_that_quotes_our_token() -> None:
    body = b'{"error":{"message":"bad token Bearer token-of-a of acc-a","code":"x"}}'
    async with scripted(answer(400, body)) as server:
        error = await refusal(server.url)

    assert "token-of-a" not in error.message
    assert "acc-a" not in error.message


async def test_no_answer_at_all() -> None:
    async with scripted(Peer.gone) as server:
        error = await refusal(server.url, response_timeout=0.1)

    assert (error.kind, len(server.calls)) == (Kind.UPSTREAM_TIMEOUT, 1)


async def test_a_slow_first_byte_is_waited_for() -> None:
    async def slow(peer: Peer) -> None:
        await asyncio.sleep(0.1)
        await peer.send(stream(GOOD))

    async with scripted(slow) as server:
        assert said(await ask_at(server.url)) == "hi"


async def test_an_endless_error_body_is_not_read_to_its_end() -> None:
    async def endless(peer: Peer) -> None:
        await peer.send(answer(400, b"", headers={"Content-Length": str(2**40)}))
        while True:
            await peer.send(b"x" * 65536)

    async with scripted(endless) as server:
        assert (await refusal(server.url)).kind is Kind.BAD_REQUEST


async def test_a_compressed_answer_was_not_asked_for() -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    packed = EVENTS + b"Content-Encoding: gzip\r\n\r\n" + chunk(bomb) + LAST_CHUNK
    async with scripted(packed) as server:
        assert (await refusal(server.url)).kind is Kind.UPSTREAM_UNAVAILABLE
        assert server.calls[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(("count", "size"), [(300, 8000), (2, 1_000_000)])
async def test_headers_beyond_reason(count: int, size: int) -> None:
    headers = b"".join(b"x-%d: %b\r\n" % (number, b"y" * size) for number in range(count))
    async with scripted(stream(GOOD, headers)) as server:
        assert (await refusal(server.url)).kind is Kind.UPSTREAM_UNAVAILABLE


async def test_no_http_at_all() -> None:
    async with scripted(b"SSH-2.0-OpenSSH_9.9\r\n\r\n") as server:
        assert (await refusal(server.url)).kind is Kind.UPSTREAM_UNAVAILABLE


async def test_a_bad_request_does_not_spoil_the_next_one() -> None:
    async with scripted(answer(400, b"{}"), stream(GOOD)) as server, upstream(server.url) as client:
        with pytest.raises(ApiError):
            await ask(client)
        assert await ask(client)


async def test_a_caller_who_goes_before_the_answer_closes_the_call() -> None:
    left = asyncio.Event()

    async def silent(peer: Peer) -> None:
        await peer.gone()
        left.set()

    async with scripted(silent) as server, upstream(server.url) as client:
        asks = asyncio.create_task(ask(client))
        await server.called.wait()
        asks.cancel()
        async with asyncio.timeout(5):
            await left.wait()


async def test_cookies_of_strangers_are_not_kept() -> None:
    cookies = b"Set-Cookie: __cf_bm=1\r\nSet-Cookie: session=2\r\n"
    async with scripted(stream(GOOD, cookies)) as server, upstream(server.url) as client:
        await ask(client)
        await ask(client)

    assert all("cookie" not in call.headers for call in server.calls)


async def test_identity_and_session_headers() -> None:
    async with scripted(stream(GOOD)) as server, upstream(server.url) as client:
        await ask(client, prompt_cache_key="conversation-1")

    sent = server.calls[0].headers
    assert sent["authorization"] == f"Bearer {CREDENTIAL.access_token}"
    assert sent["chatgpt-account-id"] == CREDENTIAL.account_id
    assert sent["session-id"] == sent["thread-id"] == "conversation-1"
    assert sent["originator"] == "codex_cli_rs"
    assert sent["user-agent"].startswith(f"codex_cli_rs/{sent['version']} (")
    assert sent["accept"] == "text/event-stream"
    assert "x-openai-internal-codex-responses-lite" not in sent
    assert "python" not in sent["user-agent"].lower()


async def test_an_alias_and_what_was_adjusted() -> None:
    async with (
        scripted(stream(GOOD, b"openai-model: gpt-5.5-a\r\nX-Test: 1\r\n")) as server,
        upstream(server.url) as client,
        client.stream(asking(model="gpt-5.5-minimal", service_tier="flex"), CREDENTIAL) as accepted,
    ):
        assert accepted.model == "gpt-5.5"
        assert accepted.served_model == "gpt-5.5-a"
        assert accepted.adjusted == ("effort:minimal->low",)
        assert accepted.dropped == ("service_tier",)
        assert accepted.headers["x-test"] == "1"
