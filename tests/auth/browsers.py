"""A browser for tests: follows the sign-in's redirects, and a sign-in house to visit."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from codex2api.auth.login import SignIn
from codex2api.auth.oauth import OAuthClient
from codex2api.simulator.options import CLIENT_ID, SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator
from tests.accounts.fakes import MemoryStore

REDIRECT = "http://localhost:1455/auth/callback"


class House:
    """A sign-in with a store in memory, the simulated issuer, and a browser."""

    def __init__(self, simulator: RunningSimulator, http: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.http = http
        self.store = MemoryStore()
        self.shown: list[str] = []
        self.client = OAuthClient(
            lambda: http,
            issuer=simulator.issuer_url,
            client_id=CLIENT_ID,
            redirect_uri=REDIRECT,
            originator="codex_cli_rs",
            now=time.time,
        )
        self.sign_in = self.build()

    def build(self, **options: Any) -> SignIn:
        def show(url: str) -> bool:
            self.shown.append(url)
            return True

        known: dict[str, Any] = {"ports": (0,), "show": show, "now": time.time}
        return SignIn(self.store, self.client, **(known | options))

    async def visit(self, url: str) -> tuple[int, str]:
        """Go there as a browser does; status and text of where it ends."""
        async with self.http.get(url) as response:
            return response.status, await response.text()

    async def redirect(self, url: str) -> str:
        """Where the issuer sends the browser."""
        async with self.http.get(url, allow_redirects=False) as response:
            return response.headers["location"]

    def posts(self) -> int:
        """How often the token endpoint was asked."""
        return len(self.simulator.requests("/oauth/token"))


@asynccontextmanager
async def signing_house(**options: Any) -> AsyncIterator[House]:
    known = {"any_redirect_port": True, "device_interval": 0}
    async with (
        running_simulator(SimulatorOptions(**(known | options))) as simulator,
        aiohttp.ClientSession() as http,
    ):
        house = House(simulator, http)
        yield house
        await house.sign_in.close()
