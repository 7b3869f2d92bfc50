"""What the dashboard's pages ask, put together."""

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter

from codex2api.accounts.account import Account
from codex2api.accounts.lookout import UsageDesk
from codex2api.accounts.pool import AccountPool
from codex2api.accounts.ports import PauseStore
from codex2api.api.board.accounts import AccountDesk, TokenImport, accounts_router
from codex2api.api.board.cards import AccountCard, cards
from codex2api.api.board.feed import Feed
from codex2api.api.board.live import live_router
from codex2api.api.board.overview import overview_router
from codex2api.api.board.server import Reached, ServerFacts, Setting, server_router
from codex2api.api.health import Readiness
from codex2api.auth.login import SignIn
from codex2api.auth.started import ImportedTokens
from codex2api.errors import ApiError
from codex2api.prices import list_price
from codex2api.settings import SECRET_KEYS, Settings
from codex2api.store.foreign import foreign_tokens
from codex2api.store.state import State
from codex2api.upstream.backend import Backend

_PATIENCE = 10.0
"""Seconds that a look at the backend may take."""


@dataclass(frozen=True, slots=True)
class Board:
    """The routes of the pages' data.

    Attributes:
        pool: Knows the accounts.
        pauses: Keeps which of them are paused.
        usage: Can be asked for their limits.
        sign_in: Takes new ones in.
        state: Holds the ledger.
        readiness: Knows whether the server is about to end.
        feed: What the pages are told while they are looked at; the same for all viewers.
        started: When this process was built, in Unix seconds.
    """

    pool: AccountPool
    pauses: PauseStore
    usage: UsageDesk
    sign_in: SignIn
    state: State
    readiness: Readiness
    backend: Backend
    feed: Feed
    started: float

    def routers(self, settings: Settings) -> list[APIRouter]:
        """All of them, by the settings of the moment."""
        desk = AccountDesk(self.pool, self.usage, self.pauses, self._adopt, time.time)
        return [
            overview_router(self._cards, self.state.ledger, list_price, time.time),
            accounts_router(desk),
            live_router(self.feed, lambda: self.readiness.closing),
            server_router(self._facts(settings)),
        ]

    def _facts(self, settings: Settings) -> ServerFacts:
        return ServerFacts(
            python=platform.python_version(),
            started=self.started,
            database="PostgreSQL" if settings.store.url else "SQLite",
            now=time.time,
            status=self._status,
            ledger=self.state.ledger,
            settings=partial(_settings, settings),
            reach=partial(_reached, self.backend, settings.backend.url),
        )

    async def _status(self) -> str:
        """As the health route says it; but no load balancer asks here."""
        if self.readiness.closing:
            return "draining"
        return "ok" if await self.readiness.can_serve() else "not_ready"

    async def _cards(self) -> list[AccountCard]:
        return cards(await self.pool.overview(), time.time())

    async def _adopt(self, wish: TokenImport) -> tuple[Account, bool]:
        found = foreign_tokens("This file", wish.content.encode("utf-8", "surrogatepass"))
        tokens = ImportedTokens(
            access_token=found.access_token,
            refresh_token=found.refresh_token,
            id_token=found.id_token,
            account_id=found.account_id,
            expires_at=found.expires_at,
        )
        account = await self.sign_in.adopt(tokens, wish.account, replace=wish.replace)
        return account, found.shared


def _settings(settings: Settings) -> Sequence[Setting]:
    values = settings.model_dump(mode="json", by_alias=True)
    return [
        Setting(key, "(hidden)" if key in SECRET_KEYS and value else value, settings.origin(key))
        for section, fields in values.items()
        for name, value in fields.items()
        for key in (f"{section}.{name}",)
    ]


async def _reached(backend: Backend, url: str) -> Reached:
    began = time.perf_counter()
    try:
        await backend.knock(url, _PATIENCE)
    except ApiError as error:
        return Reached(url, None, error.message)
    return Reached(url, round((time.perf_counter() - began) * 1000), None)
