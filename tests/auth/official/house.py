"""The official sign-in with real files and the simulated issuer."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from codex2api.accounts.account import Account, AccountKind
from codex2api.accounts.keeper import TokenKeeper
from codex2api.auth.by_kind import IssuerByKind
from codex2api.auth.login import SignIn
from codex2api.auth.oauth import OAuthClient
from codex2api.auth.official.client import OfficialClient
from codex2api.simulator.official.book import OfficialSwitches
from codex2api.simulator.options import CLIENT_ID, SimulatorOptions
from codex2api.simulator.runner import RunningSimulator, running_simulator
from codex2api.store.signin_notes import SignInNotes
from codex2api.store.tokenfile import TokenFiles


class Clock:
    """The real time, and what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


class House:
    """A sign-in, a keeper and a browser around one data folder."""

    def __init__(self, home: Path, simulator: RunningSimulator, http: aiohttp.ClientSession):
        self.simulator = simulator
        self.book = simulator.state.official
        self.http = http
        self.clock = Clock()
        self.folder = home / "data"
        self.notes = SignInNotes(self.folder)
        self.client = self.build_client()
        self.store = TokenFiles(self.folder)
        self.keeper = self.build_keeper()
        self.codex = OAuthClient(
            lambda: http,
            issuer=simulator.issuer_url,
            client_id=CLIENT_ID,
            redirect_uri="http://localhost:1455/auth/callback",
            originator="codex_cli_rs",
            now=self.clock,
        )
        self.sign_in = self.build_sign_in()

    def build_sign_in(self, port: int = 0) -> SignIn:
        return SignIn(
            self.store,
            self.codex,
            now=self.clock,
            others={AccountKind.OFFICIAL: self.client},
            ports=(port,),
            show=lambda _: True,
        )

    def build_client(
        self, kind: type[OfficialClient] = OfficialClient, issuer: str | None = None
    ) -> OfficialClient:
        return kind(
            lambda: self.http,
            self.notes,
            issuer=issuer or self.simulator.issuer_url,
            agent_name="codex2api",
            now=self.clock,
        )

    def build_keeper(self, client: OfficialClient | None = None) -> TokenKeeper:
        """As another process has it: it knows nothing but the files."""
        issuers = IssuerByKind({AccountKind.OFFICIAL: client or self.build_client()})
        return TokenKeeper(TokenFiles(self.folder), issuers, now=self.clock)

    @property
    def switches(self) -> OfficialSwitches:
        return self.book.switches

    async def begin(self, **options: Any) -> tuple[str, str]:
        """The address of the page, and the state."""
        started = await self.sign_in.start(kind=AccountKind.OFFICIAL, open_browser=False, **options)
        return started.authorization_url, started.state

    async def come_back(self, url: str) -> str:
        """Where OpenAI's page sends the browser."""
        async with self.http.get(url, allow_redirects=False) as response:
            assert response.status == 302, await response.text()
            return response.headers["location"]

    async def signed_in(self, **options: Any) -> Account:
        url, _ = await self.begin(**options)
        return await self.sign_in.complete(await self.come_back(url))

    async def account(self, label: str = "default") -> Account:
        return next(each for each in await self.store.accounts() if each.label == label)


@asynccontextmanager
async def official_house(home: Path, **options: Any) -> AsyncIterator[House]:
    async with (
        running_simulator(SimulatorOptions(any_redirect_port=True, **options)) as simulator,
        aiohttp.ClientSession() as http,
    ):
        house = House(home, simulator, http)
        yield house
        await house.sign_in.close()
