"""The issuer client against the simulated issuer, over real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from codex2api.accounts.account import TokenSet
from codex2api.auth.oauth import SCOPE, OAuthClient
from codex2api.auth.pkce import Pkce, new_pkce
from codex2api.errors import ApiError, Kind
from codex2api.simulator.options import CLIENT_ID, SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator

REDIRECT = "http://localhost:1455/auth/callback"


@pytest.fixture
async def simulator() -> AsyncIterator[RunningSimulator]:
    options = SimulatorOptions(device_interval=0, any_redirect_port=True)
    async with running_simulator(options) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def client_of(http: aiohttp.ClientSession, issuer: str, **options: Any) -> OAuthClient:
    known = {"client_id": CLIENT_ID, "redirect_uri": REDIRECT, "originator": "codex_cli_rs"}
    return OAuthClient(lambda: http, issuer=issuer, now=time.time, **(known | options))


@pytest.fixture
def client(http: aiohttp.ClientSession, simulator: RunningSimulator) -> OAuthClient:
    return client_of(http, simulator.issuer_url)


@pytest.fixture
def tokens(simulator: RunningSimulator) -> TokenSet:
    made = simulator.make_tokens()
    return TokenSet(made["access_token"], made["refresh_token"], 1.0, made["id_token"])


async def code_from(http: aiohttp.ClientSession, url: str) -> dict[str, str]:
    async with http.get(url, allow_redirects=False) as response:
        query = urlsplit(response.headers["location"]).query
        return {name: values[0] for name, values in parse_qs(query).items()}


def test_the_authorize_address() -> None:
    pkce = Pkce("v" * 43)
    client = client_of(None, "https://issuer.example/")  # type: ignore[arg-type]
    url = urlsplit(client.authorize_url("the-state", pkce))
    assert url.geturl().startswith("https://issuer.example/oauth/authorize?")
    assert {name: values[0] for name, values in parse_qs(url.query).items()} == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "scope": SCOPE,
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
        "id_token_add_organizations": "true",
        "codex_cli_simplified_flow": "true",
        "state": "the-state",
        "originator": "codex_cli_rs",
    }


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_code_becomes_tokens(
    client: OAuthClient, http: aiohttp.ClientSession, host: str
) -> None:
    pkce, redirect = new_pkce(), f"http://{host}:1455/auth/callback"
    back = await code_from(http, client.authorize_url("s", pkce, redirect))
    tokens = await client.exchange_code(back["code"], pkce.verifier, redirect)
    assert back["state"] == "s"
    assert tokens.identity is not None
    assert tokens.identity.plan == "plus"
    assert tokens.expires_at > time.time() + 800_000


async def test_a_code_works_once_and_with_its_verifier_only(
    client: OAuthClient, http: aiohttp.ClientSession
) -> None:
    pkce = new_pkce()
    back = await code_from(http, client.authorize_url("s", pkce))
    with pytest.raises(ApiError) as failure:
        await client.exchange_code(back["code"], new_pkce().verifier)
    assert (failure.value.kind, failure.value.code) == (Kind.BAD_REQUEST, "code_refused")


@asynccontextmanager
async def recording_issuer(answer: dict[str, str]) -> AsyncIterator[tuple[str, list[Any]]]:
    """An issuer that gives one answer, and what it was sent."""
    seen: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((request.path, request.content_type, await request.json()))
        return web.json_response(answer)

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    await runner.cleanup()


async def test_a_refresh_is_sent_as_codex_sends_it(http: aiohttp.ClientSession) -> None:
    old = TokenSet("a", "r", 1.0)
    async with recording_issuer({"access_token": "b", "refresh_token": "s"}) as (url, seen):
        new = await client_of(http, url).refresh(old, "proactive_expiry")
    assert (new.access_token, new.refresh_token) == ("b", "s")
    body = {
        "client_id": CLIENT_ID,
        "grant_type": "refresh_token",
        "refresh_token": "r",
        "refresh_reason": "proactive_expiry",
    }
    assert seen == [("/oauth/token", "application/json", body)]


async def test_a_refresh_rotates(client: OAuthClient, tokens: TokenSet) -> None:
    new = await client.refresh(tokens, "proactive_expiry")
    assert tokens.access_token != new.access_token
    assert tokens.refresh_token != new.refresh_token
    assert new.issued_at is not None


MODES = {
    "expired": Kind.SIGN_IN_REQUIRED,
    "reused": Kind.SIGN_IN_REQUIRED,
    "invalidated": Kind.SIGN_IN_REQUIRED,
    "invalid_grant": Kind.SIGN_IN_REQUIRED,
    "server_error": Kind.UPSTREAM_UNAVAILABLE,
    "html": Kind.UPSTREAM_UNAVAILABLE,
    "cut_json": Kind.UPSTREAM_UNAVAILABLE,
    "empty": Kind.UPSTREAM_UNAVAILABLE,
    "close_before": Kind.UPSTREAM_UNAVAILABLE,
    "close_after": Kind.UPSTREAM_UNAVAILABLE,
    "hang_before": Kind.UPSTREAM_TIMEOUT,
    "hang_after": Kind.UPSTREAM_TIMEOUT,
}


@pytest.mark.parametrize(("mode", "kind"), MODES.items())
async def test_each_failure_of_a_refresh(
    http: aiohttp.ClientSession,
    simulator: RunningSimulator,
    tokens: TokenSet,
    mode: str,
    kind: Kind,
) -> None:
    simulator.state.token_switches.mode = mode
    client = client_of(http, simulator.issuer_url, timeout=0.3 if "hang" in mode else 10.0)
    with capture_logs() as logs, pytest.raises(ApiError) as failure:
        await client.refresh(tokens, "proactive_expiry")
    assert failure.value.kind is kind
    assert tokens.refresh_token not in failure.value.message + str(logs)


@pytest.mark.parametrize("mode", ["no_refresh_token", "no_id_token"])
async def test_a_part_that_is_left_out_stays(
    client: OAuthClient, simulator: RunningSimulator, tokens: TokenSet, mode: str
) -> None:
    simulator.state.token_switches.mode = mode
    new = await client.refresh(tokens, "proactive_expiry")
    kept = new.refresh_token if mode == "no_refresh_token" else new.id_token
    assert kept == (tokens.refresh_token if mode == "no_refresh_token" else tokens.id_token)


async def test_another_accounts_tokens_say_so(
    client: OAuthClient, simulator: RunningSimulator, tokens: TokenSet
) -> None:
    simulator.state.token_switches.mode = "other_account"
    new = await client.refresh(tokens, "proactive_expiry")
    assert new.identity is not None
    assert new.identity.account_id != simulator.state.account("demo").account_id


@pytest.mark.parametrize(
    ("issuer", "words"),
    [("http://127.0.0.1:1", "refused"), ("http://nobody.invalid", "name was not found")],
)
async def test_an_issuer_out_of_reach(
    http: aiohttp.ClientSession, tokens: TokenSet, issuer: str, words: str
) -> None:
    with pytest.raises(ApiError, match=words) as failure:
        await client_of(http, issuer).refresh(tokens, "proactive_expiry")
    assert failure.value.kind is Kind.UPSTREAM_UNAVAILABLE


async def test_revoking(http: aiohttp.ClientSession) -> None:
    async with recording_issuer({}) as (url, seen):
        assert await client_of(http, url).revoke(TokenSet("a", "r", 1.0))
        assert await client_of(http, url).revoke(TokenSet("a", "", 1.0))
    assert [body for _, _, body in seen] == [
        {"token": "r", "token_type_hint": "refresh_token", "client_id": CLIENT_ID},
        {"token": "a", "token_type_hint": "access_token"},
    ]


async def test_revoking_is_best_effort(http: aiohttp.ClientSession, tokens: TokenSet) -> None:
    assert not await client_of(http, "http://127.0.0.1:1").revoke(tokens)


async def test_a_device_code(client: OAuthClient, simulator: RunningSimulator) -> None:
    device = await client.device_start()
    assert device.verification_url == f"{simulator.issuer_url}/codex/device"
    assert [await client.device_poll(device) for _ in range(3)] == [None] * 3
    (grant,) = simulator.state.devices.values()
    grant.state = "approved"
    tokens = await client.device_poll(device)
    assert tokens is not None
    assert tokens.identity is not None


async def test_a_denied_device_code(client: OAuthClient, simulator: RunningSimulator) -> None:
    device = await client.device_start()
    (grant,) = simulator.state.devices.values()
    grant.state = "denied"
    with pytest.raises(ApiError):
        await client.device_poll(device)


async def test_an_issuer_without_device_codes(http: aiohttp.ClientSession) -> None:
    async with running_simulator(SimulatorOptions(device_login=False)) as running:
        with pytest.raises(ApiError) as failure:
            await client_of(http, running.issuer_url).device_start()
    assert failure.value.kind is Kind.NOT_SUPPORTED


async def test_redirects_are_not_followed(http: aiohttp.ClientSession, tokens: TokenSet) -> None:
    seen: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readline()).decode())
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 307 Go\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ApiError):
            await client_of(http, f"http://127.0.0.1:{port}").refresh(tokens, "proactive_expiry")
    assert seen == ["POST /oauth/token HTTP/1.1\r\n"]
