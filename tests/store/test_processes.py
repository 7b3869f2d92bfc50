"""Two processes, one token file, an issuer that rotates: each refresh token is used once."""

import asyncio
import subprocess
import sys
from pathlib import Path

from aiohttp import web

from codex2api.accounts.account import Account, TokenSet
from codex2api.store.tokenfile import TokenFiles

WORKER = """
import asyncio, sys, time
from dataclasses import replace
from pathlib import Path

import aiohttp

from codex2api.accounts.keeper import TokenKeeper
from codex2api.auth.oauth import OAuthClient
from codex2api.store.tokenfile import TokenFiles


async def main(folder, issuer, rounds):
    store = TokenFiles(Path(folder))
    async with aiohttp.ClientSession() as http:
        client = OAuthClient(
            lambda: http, issuer=issuer, client_id="c", redirect_uri="r", originator="o",
            now=time.time,
        )
        keeper = TokenKeeper(store, client, now=time.time)
        for _ in range(int(rounds)):
            (account,) = await store.accounts()
            got = await asyncio.gather(*(keeper.fresh(account) for _ in range(10)))
            assert len({one.access_token for one in got}) == 1
            (account,) = await store.accounts()
            lease = got[0]
            await asyncio.gather(*(keeper.renew(account, lease) for _ in range(10)))


asyncio.run(main(*sys.argv[1:]))
"""


class RotatingIssuer:
    """Knows one good refresh token at a time."""

    def __init__(self) -> None:
        self.good = "refresh-0"
        self.spent: list[str] = []
        self.reused: list[str] = []

    async def token(self, request: web.Request) -> web.Response:
        token = (await request.json())["refresh_token"]
        if token != self.good:
            self.reused.append(token)
            return web.json_response({"error": {"code": "refresh_token_reused"}}, status=401)
        self.spent.append(token)
        number = len(self.spent)
        self.good = f"refresh-{number}"
        body = {"access_token": f"access-{number}", "refresh_token": self.good, "expires_in": 3600}
        return web.json_response(body)


async def test_two_processes_use_each_refresh_token_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store = TokenFiles(folder)
    await store.add(Account("default", "workspace", TokenSet("access-0", "refresh-0", 1.0)))
    issuer = RotatingIssuer()
    app = web.Application()
    app.router.add_post("/oauth/token", issuer.token)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    command = [sys.executable, "-c", WORKER, str(folder), url, "15"]
    children = [
        await asyncio.create_subprocess_exec(*command, stderr=subprocess.PIPE) for _ in range(2)
    ]
    errors = [(await child.communicate())[1].decode() for child in children]
    await runner.cleanup()

    assert errors == ["", ""]
    assert issuer.reused == []
    assert len(issuer.spent) == len(set(issuer.spent)) >= 15
    (account,) = await store.accounts()
    assert account.tokens.refresh_token == issuer.good
