"""Keeper, token files and issuer client together, against the simulated issuer."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from codex2api.accounts.account import credential
from codex2api.accounts.keeper import TokenKeeper
from codex2api.accounts.pool import AccountPool
from codex2api.auth.oauth import OAuthClient
from codex2api.errors import ApiError, Kind
from codex2api.simulator.options import CLIENT_ID
from codex2api.simulator.runner import RunningSimulator, running_simulator
from codex2api.store.tokenfile import TokenFiles


class Server:
    """What a server holds of all this."""

    def __init__(self, folder: Path, simulator: RunningSimulator, http: Any) -> None:
        self.path = folder / "tokens.json"
        self.simulator = simulator
        self.store = TokenFiles(folder)
        client = OAuthClient(
            lambda: http,
            issuer=simulator.issuer_url,
            client_id=CLIENT_ID,
            redirect_uri="http://localhost:1455/auth/callback",
            originator="codex_cli_rs",
            now=time.time,
            timeout=0.5,
        )
        self.keeper = TokenKeeper(self.store, client, now=time.time)
        self.pool = AccountPool(self.store, self.keeper, now=time.time)

    def sign_in(self, *, expired: bool, label: str = "demo") -> dict[str, Any]:
        """As somebody else writes a sign-in: another process, or an editor."""
        made = self.simulator.make_tokens(label)
        names = ("access_token", "refresh_token", "account_id")
        held = {name: made[name] for name in names}
        held["expires_at"] = 1_000 if expired else 2_000_000_000_000
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(json.dumps(held))
        return held

    async def serve(self) -> str:
        async with self.pool.lease() as lease:
            return lease.credential.access_token

    @property
    def attempts(self) -> int:
        return self.simulator.state.refreshes.attempts

    def break_issuer(self, mode: str | None) -> None:
        self.simulator.state.token_switches.mode = mode


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running_simulator() as simulator, aiohttp.ClientSession() as http:
        built = Server(tmp_path / "data", simulator, http)
        yield built
        await built.keeper.settle()


async def test_two_hundred_requests_on_an_expired_token(server: Server) -> None:
    server.sign_in(expired=True)
    server.simulator.state.token_switches.delay = 0.2
    served = await asyncio.gather(*(server.serve() for _ in range(200)))
    assert len(set(served)) == 1
    assert server.attempts == 1
    assert json.loads(server.path.read_text())["access_token"] == served[0]


async def test_a_401_is_followed_by_one_refresh(server: Server) -> None:
    held = server.sign_in(expired=False)
    (account,) = await server.store.accounts()
    renewed = await asyncio.gather(
        *(server.keeper.renew(account, credential(account)) for _ in range(50))
    )
    assert {one.access_token for one in renewed} != {held["access_token"]}
    assert server.attempts == 1


async def test_a_new_sign_in_in_the_file_is_used_without_a_refresh(server: Server) -> None:
    server.sign_in(expired=False)
    await server.serve()
    new = server.sign_in(expired=False, label="ada")
    async with server.pool.lease() as lease:
        assert lease.credential.access_token == new["access_token"]
        assert lease.credential.account_id == new["account_id"]
    assert server.attempts == 0


async def test_a_new_sign_in_ends_a_lost_one(server: Server) -> None:
    server.sign_in(expired=True)
    server.break_issuer("reused")
    for _ in range(6):
        with pytest.raises(ApiError) as failure:
            await server.serve()
        assert failure.value.kind is Kind.SIGN_IN_REQUIRED
    assert server.attempts == 1
    assert server.path.exists(), "the owner may want to see what was there"
    new = server.sign_in(expired=False)
    assert await server.serve() == new["access_token"]
    assert server.attempts == 1


BROKEN = ("server_error", "html", "cut_json", "empty", "close_before")


@pytest.mark.parametrize("mode", BROKEN)
async def test_a_broken_issuer_costs_no_token_and_recovers(server: Server, mode: str) -> None:
    held = server.sign_in(expired=True)
    server.break_issuer(mode)
    with pytest.raises(ApiError) as failure:
        await server.serve()
    assert failure.value.kind is Kind.UPSTREAM_UNAVAILABLE
    assert json.loads(server.path.read_text()) == held
    server.break_issuer(None)
    if mode in ("cut_json", "empty"):  # these spent the token: only a new sign-in helps
        with pytest.raises(ApiError) as failure:
            await server.serve()
        assert failure.value.kind is Kind.SIGN_IN_REQUIRED
    else:
        assert await server.serve() != held["access_token"]


async def test_silence_is_not_answered_with_a_second_try(server: Server) -> None:
    server.sign_in(expired=True)
    server.break_issuer("hang_after")
    for _ in range(3):
        with pytest.raises(ApiError) as failure:
            await server.serve()
        assert failure.value.kind is Kind.UPSTREAM_TIMEOUT
    assert server.attempts == 1


async def test_another_accounts_tokens_never_reach_the_file(server: Server) -> None:
    held = server.sign_in(expired=True)
    server.break_issuer("other_account")
    with pytest.raises(ApiError):
        await server.serve()
    assert json.loads(server.path.read_text()) == held
